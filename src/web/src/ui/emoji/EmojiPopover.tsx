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
  /** Pixels between the button and what it opens. */
  distance: number;
  /** When it closes the button does not get the focus, because something else has taken it. */
  leavesFocus?: boolean;
  children: ReactNode;
}

/** A button with a smile, and what it opens: emoji to choose from, with the arrows as well. */
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
