import * as Popover from "@radix-ui/react-popover";
import type { ReactNode } from "react";
import { IconButton } from "../Button";
import { classes } from "../classes";
import { moveFocus } from "./EmojiGrid";
import styles from "./EmojiPopover.module.css";

interface EmojiPopoverProps {
  label: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  className?: string;
  /** Pixels between the button and the popover. */
  distance: number;
  /** The button does not get the focus when the popover closes, because something else takes it. */
  leavesFocus?: boolean;
  children: ReactNode;
}

/** A button that opens a popover of emoji, in which the arrow keys move the focus. */
export function EmojiPopover({ label, isOpen, onOpenChange, className, distance, leavesFocus, children }: EmojiPopoverProps) {
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>
        <IconButton icon="smile" label={label} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={classes(styles.popover, className)}
          side="top"
          align="start"
          sideOffset={distance}
          collisionPadding={8}
          aria-label={label}
          onKeyDown={moveFocus}
          onCloseAutoFocus={(event) => leavesFocus && event.preventDefault()}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
