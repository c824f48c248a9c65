import * as Dropdown from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";

/** A menu that opens at its trigger, a button. It is not modal: the page behind it stays usable. */
export function Menu({ trigger, children, align = "end" }: { trigger: ReactNode; children: ReactNode; align?: "start" | "end" }) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className={styles.menu} align={align} sideOffset={6} collisionPadding={8}>
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

interface MenuItemProps {
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger, disabled, onSelect, children }: MenuItemProps) {
  return (
    <Dropdown.Item className={styles.item} data-danger={danger} disabled={disabled} onSelect={onSelect}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </Dropdown.Item>
  );
}

/** A choice of one of several values, with a heading. */
export function MenuChoices<T extends string>({
  title,
  value,
  choices,
  onChoose,
}: {
  title: string;
  value: T;
  choices: { value: T; label: string }[];
  onChoose: (value: T) => void;
}) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={(chosen) => onChoose(chosen as T)}>
      <Dropdown.Label className={styles.label}>{title}</Dropdown.Label>
      {choices.map((choice) => (
        <Dropdown.RadioItem key={choice.value} value={choice.value} className={styles.item}>
          <span className={styles.tick}>
            <Dropdown.ItemIndicator>
              <Icon name="check" size={16} />
            </Dropdown.ItemIndicator>
          </span>
          {choice.label}
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Dropdown.Label className={styles.label}>{children}</Dropdown.Label>;
}

export function MenuSeparator() {
  return <Dropdown.Separator className={styles.separator} />;
}
