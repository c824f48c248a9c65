import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members, type PersonalLink } from "../../api/members";
import type { Role } from "../../api/types";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Problem } from "../Problem";
import { useProblem } from "../useProblem";
import { LinkDialog } from "./LinkDialog";
import { RoleField } from "./RoleField";
import { useChange } from "./useChange";

/** Invites somebody: who it is, and then the link for them. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("people");
  const { field } = useProblem();
  const [link, setLink] = useState<PersonalLink>();
  const [name, setName] = useState("");
  const { mutate, isPending, error } = useChange(members.invite, setLink);
  if (link) return <LinkDialog title={t("invitation.linkTitle", { name })} words={t("invitation.link")} link={link} onClose={onClose} />;
  const submit = (data: FormData) => {
    const fullName = String(data.get("full_name")).trim();
    setName(fullName);
    mutate({ full_name: fullName, email: String(data.get("email")).trim(), role: String(data.get("role")) as Role });
  };
  return (
    <FormDialog title={t("invite.title")} submit={t("invite.do")} busy={isPending} onSubmit={submit} onClose={onClose}>
      <p>{t("invite.words")}</p>
      <TextField name="full_name" label={t("invite.name")} autoComplete="off" maxLength={200} required error={field(error, "full_name")} />
      <TextField name="email" type="email" label={t("invite.email")} autoComplete="off" maxLength={254} required error={field(error, "email")} />
      <RoleField defaultValue="agent" />
      <Problem failure={error} fields={["full_name", "email"]} />
    </FormDialog>
  );
}
