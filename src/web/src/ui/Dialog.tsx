import { useEffect, useId, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: string;
  /** Where it is missing, the dialog is closed by its actions alone. */
  onClose?: () => void;
  /** Buttons; the main one last. */
  actions?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/**
 * A modal dialog: the browser's own, which keeps the focus inside and closes with Escape. The focus goes to its first
 * field, and afterwards back to where it was. It is open as long as it is rendered.
 */
export function Dialog({ title, onClose, actions, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headline = useRef<HTMLHeadingElement>(null);
  const heading = useId();
  const { t } = useTranslation("ui");
  useEffect(() => {
    const element = dialog.current!;
    const opener = openerOf(document.activeElement);
    if (!element.open) element.showModal();
    const field = element.querySelector<HTMLElement>("form :is(input:not([readonly]), select, textarea)");
    // A dialog that only its actions close is to be read first.
    (field ?? (onClose ? undefined : headline.current))?.focus();
    return () => {
      element.close();
      opener?.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onMouseDown={(event) => event.target === dialog.current && onClose?.()}
    >
      <div className={styles.body}>
        <header className={styles.header}>
          <h2 ref={headline} id={heading} tabIndex={-1}>{title}</h2>
          {onClose && <IconButton icon="close" label={t("close")} onClick={onClose} />}
        </header>
        <div className={styles.content}>{children}</div>
        {actions && <footer className={styles.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}

/** What had the focus; of a menu, which closes, its trigger. */
function openerOf(focused: Element | null): HTMLElement | null {
  const trigger = focused?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return trigger ? document.getElementById(trigger) : (focused as HTMLElement | null);
}
