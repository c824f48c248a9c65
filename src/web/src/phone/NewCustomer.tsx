import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { DialogForm } from "../ui/DialogForm";
import { TextField } from "../ui/Field";
import { waIdOf } from "./customers";
import type { Customer } from "./events";

const FORM = "new-customer";

/** A dialog that adds a customer. */
export function NewCustomer({ onClose, onMake }: { onClose: () => void; onMake: (customer: Customer) => void }) {
  const { t } = useTranslation("phone");
  const [error, setError] = useState<string>();
  const [number] = useState(randomNumber);
  const make = (data: FormData) => {
    const waId = waIdOf(String(data.get("number")));
    if (waId) onMake({ wa_id: waId, user_id: null, name: String(data.get("name")).trim() || null });
    else setError(t("new.badNumber"));
  };
  return (
    <Dialog
      title={t("newCustomer")}
      onClose={onClose}
      actions={
        <Button type="submit" form={FORM} look="primary">
          {t("new.make")}
        </Button>
      }
    >
      <DialogForm id={FORM} onSubmit={make}>
        <TextField label={t("new.name")} name="name" autoComplete="off" maxLength={80} autoFocus />
        <TextField
          label={t("new.number")}
          hint={t("new.numberHint")}
          error={error}
          name="number"
          type="tel"
          autoComplete="off"
          required
          defaultValue={number}
        />
      </DialogForm>
    </Dialog>
  );
}

function randomNumber(): string {
  return `+55 11 9${Math.floor(1000 + Math.random() * 9000)}-${Math.floor(1000 + Math.random() * 9000)}`;
}
