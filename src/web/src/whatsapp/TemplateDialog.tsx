import { useQuery } from "@tanstack/react-query";
import type { Conversation } from "pytake-client";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { templates } from "../api/api";
import type { Template } from "../api/types";
import { useLive } from "../realtime/LiveProvider";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { DialogForm } from "../ui/DialogForm";
import { SelectField, TextField } from "../ui/Field";
import { Empty, Failure, Loading } from "../ui/State";
import { filled, gapsOf, preview, rendered, type Gap } from "./template";
import styles from "./TemplateDialog.module.css";

/** A dialog to choose an approved template, fill in its parameters, and send it. */
export function TemplateDialog({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const { t } = useTranslation("whatsapp");
  const form = useId();
  const number = conversation.whatsapp_number_id;
  const { data, error, refetch } = useQuery({ queryKey: ["templates", number], queryFn: () => templates(number) });
  const [chosen, setChosen] = useState<Template>();
  const send = useSendTemplate(conversation, onEnd);
  const isOptedOut = Boolean(conversation.contact.opted_out_at);
  return (
    <Dialog
      wide
      title={t("title")}
      onClose={onEnd}
      actions={
        <>
          <Button onClick={onEnd}>{t("ui:cancel")}</Button>
          <Button type="submit" form={form} look="primary" icon="send" disabled={!chosen}>
            {t("send")}
          </Button>
        </>
      }
    >
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={3} />
      ) : data.length === 0 ? (
        <Empty icon="template" title={t("none")} />
      ) : (
        <>
          <SelectField
            label={t("choose")}
            value={chosen?.id ?? ""}
            onChange={(event) => setChosen(data.find(({ id }) => id === event.target.value))}
          >
            <option value="" disabled>
              {t("chooseOne")}
            </option>
            {data.map(({ id, name, language, category }) => (
              <option key={id} value={id} disabled={isOptedOut && category === "MARKETING"}>
                {name} ({language})
              </option>
            ))}
          </SelectField>
          {isOptedOut && <p>{t("optedOut")}</p>}
          {chosen && <Filling key={chosen.id} form={form} template={chosen} conversation={conversation} onSend={send} />}
        </>
      )}
    </Dialog>
  );
}

interface FillingProps {
  form: string;
  template: Template;
  conversation: Conversation;
  onSend: (template: Template, values: ReadonlyMap<string, string>) => void;
}

function Filling({ form, template, conversation, onSend }: FillingProps) {
  const { t } = useTranslation("whatsapp");
  const gaps = gapsOf(template);
  const [values, setValues] = useState<ReadonlyMap<string, string>>(() => new Map(guesses(gaps, conversation)));
  const fill = (gap: Gap, value: string) => setValues(new Map(values).set(gap.key, value));
  return (
    <DialogForm id={form} onSubmit={() => onSend(template, values)}>
      {gaps.map((gap) => (
        <TextField
          key={gap.key}
          label={t(gap.media ? "media" : "gap", { name: gap.name })}
          type={gap.media ? "url" : "text"}
          required
          value={values.get(gap.key) ?? ""}
          onChange={(event) => fill(gap, event.target.value)}
        />
      ))}
      <figure className={styles.preview}>
        <figcaption>{t("preview")}</figcaption>
        <p>{preview(rendered(template, values))}</p>
      </figure>
    </DialogForm>
  );
}

/** Fills in the customer's name where the first parameter of the body looks like a name, which is usual. */
function guesses(gaps: readonly Gap[], { contact }: Conversation): [string, string][] {
  const first = gaps.find(({ component, media }) => component === "body" && !media);
  return first && contact.name && /^1$|name/.test(first.name) ? [[first.key, contact.name]] : [];
}

function useSendTemplate({ id }: Conversation, done: () => void) {
  const { outbox } = useLive();
  return (template: Template, values: ReadonlyMap<string, string>) => {
    const components = filled(template, values);
    const words = rendered(template, values);
    outbox.add({
      conversation_id: id,
      message_type: "template",
      content: { name: template.name, language: template.language, ...(components.length > 0 ? { components } : {}), ...(words.body ? { rendered: words } : {}) },
    });
    done();
  };
}
