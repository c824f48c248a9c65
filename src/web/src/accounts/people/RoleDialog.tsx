import { useTranslation } from "react-i18next";
import { members } from "../../api/members";
import type { Role, User } from "../../api/types";
import { FormDialog } from "../../ui/FormDialog";
import { Problem } from "../Problem";
import { RoleField } from "./RoleField";
import { useChange } from "./useChange";

export function RoleDialog({ person, onClose }: { person: User; onClose: () => void }) {
  const { t } = useTranslation("people");
  const { mutate, isPending, error } = useChange((role: Role) => members.change(person.id, { role }), onClose);
  return (
    <FormDialog
      title={t("roleOf", { name: person.full_name })}
      submit={t("ui:save")}
      busy={isPending}
      onSubmit={(data) => mutate(String(data.get("role")) as Role)}
      onClose={onClose}
    >
      <RoleField defaultValue={person.role} />
      <Problem failure={error} />
    </FormDialog>
  );
}
