import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../accounts/SessionContext";
import { useUsers } from "../../accounts/useUsers";
import { numbers } from "../../api/api";
import { readableNumber } from "../../i18n/phoneNumbers";
import { isSameTag } from "../../realtime/filters";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import { IconButton } from "../../ui/Button";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useNarrowing } from "./useView";

/** Opens a dialog in which the list is narrowed. */
export function Narrow() {
  const { t } = useTranslation("list");
  const [isOpen, setIsOpen] = useState(false);
  const narrowing = useNarrowing();
  return (
    <>
      <IconButton icon="filter" label={t("narrow.open")} aria-pressed={narrowing !== undefined} onClick={() => setIsOpen(true)} />
      {isOpen && <NarrowDialog onEnd={() => setIsOpen(false)} />}
    </>
  );
}

function NarrowDialog({ onEnd }: { onEnd: () => void }) {
  const { t } = useTranslation("list");
  const navigate = useNavigate();
  const me = useMe();
  const users = useUsers();
  const { data: known = [] } = useQuery({ queryKey: ["numbers"], queryFn: numbers.list });
  const narrowing = useNarrowing() ?? {};
  const tags = useKnownTags();
  const tagList = useId();
  const agents = [...users.values()].filter(({ role }) => role !== "viewer").sort((a, b) => a.full_name.localeCompare(b.full_name));

  const submit = (data: FormData) => {
    const words = (name: string) => String(data.get(name) ?? "").trim() || undefined;
    void navigate({
      to: ".",
      search: (search) => ({
        ...search,
        tag: words("tag"),
        agent: words("agent"),
        number: words("number"),
        unread: data.has("unread") ? true : undefined,
        failed: data.has("failed") ? true : undefined,
      }),
    });
    onEnd();
  };
  return (
    <FormDialog title={t("narrow.title")} submit={t("narrow.do")} busy={false} onSubmit={submit} onClose={onEnd}>
      <TextField name="tag" label={t("narrow.tag")} maxLength={50} list={tagList} defaultValue={narrowing.tag ?? ""} />
      <datalist id={tagList}>
        {tags.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <SelectField name="agent" label={t("narrow.agent")} defaultValue={narrowing.agent ?? ""}>
        <option value="">{t("narrow.anyone")}</option>
        {agents.map(({ id, full_name }) => (
          <option key={id} value={id}>
            {id === me.id ? t("conversations:you") : full_name}
          </option>
        ))}
      </SelectField>
      <SelectField name="number" label={t("narrow.number")} defaultValue={narrowing.number ?? ""} key={known.length}>
        <option value="">{t("narrow.anyNumber")}</option>
        {known.map(({ id, display_name, phone_number }) => (
          <option key={id} value={id}>
            {display_name} · {readableNumber(phone_number)}
          </option>
        ))}
      </SelectField>
      <SelectField name="department" label={t("narrow.department")} hint={t("narrow.noDepartments")} disabled>
        <option>{t("narrow.anyDepartment")}</option>
      </SelectField>
      <CheckField name="unread" label={t("narrow.unread")} defaultChecked={narrowing.unread === true} />
      <CheckField name="failed" label={t("narrow.failed")} defaultChecked={narrowing.failed === true} />
    </FormDialog>
  );
}

/** The tags of the conversations that are loaded, to choose from. */
function useKnownTags(): string[] {
  const { inbox } = useLive();
  const known = useStore(inbox.state, ({ conversations }) => conversations);
  return useMemo(() => {
    const tags: string[] = [];
    for (const { tags: own, contact } of known.values()) {
      for (const tag of [...own, ...contact.tags]) if (!tags.some((other) => isSameTag(other, tag))) tags.push(tag);
    }
    return tags.sort((a, b) => a.localeCompare(b));
  }, [known]);
}
