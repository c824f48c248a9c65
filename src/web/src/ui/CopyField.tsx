import { CopyButton } from "./CopyButton";
import { TextField } from "./Field";

/** A text that is to be copied; where the button may not, it is selected with the focus. */
export function CopyField({ label, hint, value }: { label: string; hint?: string; value: string }) {
  return (
    <TextField
      label={label}
      hint={hint}
      value={value}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      action={<CopyButton text={value} look="primary" />}
    />
  );
}
