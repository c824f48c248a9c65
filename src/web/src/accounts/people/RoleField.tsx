import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "../../api/types";
import { SelectField } from "../../ui/Field";

const ROLES: readonly Role[] = ["agent", "viewer", "org_admin"];

/** The choice of a role, with what it allows. */
export function RoleField({ defaultValue }: { defaultValue: Role }) {
  const { t } = useTranslation("people");
  const [role, setRole] = useState(defaultValue);
  return (
    <SelectField name="role" label={t("role")} hint={t(`roleWords.${role}`)} value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
      {ROLES.map((each) => (
        <option key={each} value={each}>
          {t(`roleNames.${each}`)}
        </option>
      ))}
    </SelectField>
  );
}
