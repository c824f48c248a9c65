import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Conversation } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../accounts/SessionContext";
import { useUsers } from "../../accounts/useUsers";
import { contacts } from "../../api/api";
import { ServerError } from "../../api/ServerError";
import { useFormats } from "../../i18n/formats";
import { readableNumber } from "../../i18n/phoneNumbers";
import { Avatar } from "../../ui/Avatar";
import { Button, IconButton } from "../../ui/Button";
import { Fact } from "../../ui/Fact";
import { TextField } from "../../ui/Field";
import { ReferralCard } from "../messages/Circumstances";
import styles from "./ContactPanel.module.css";
import { addressOf, nameOf } from "./names";
import { Tags } from "./Tags";

/** The customer and facts of the conversation. A change is shown when its event arrives. */
export function ContactPanel({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation("contacts");
  const mayWrite = useMay("contacts:write");
  const { contact } = conversation;
  const change = useMutation({ mutationFn: (values: { name?: string; tags?: string[] }) => contacts.change(contact.id, values) });
  return (
    <aside className={styles.panel} aria-label={t("title")}>
      <header className={styles.header}>
        <h2>{t("title")}</h2>
        <IconButton icon="close" label={t("ui:close")} onClick={onClose} />
      </header>
      <div className={styles.who}>
        <Avatar name={nameOf(contact)} size="l" />
        <Name key={contact.name} name={contact.name ?? ""} mayWrite={mayWrite} shown={nameOf(contact)} onChange={(name) => change.mutate({ name })} />
        <p className={styles.number}>{addressOf(contact)}</p>
        {contact.username && addressOf(contact) !== `@${contact.username}` && <p className={styles.number}>@{contact.username}</p>}
      </div>
      <Tags tags={contact.tags} mayWrite={mayWrite} onChange={(tags) => change.mutate({ tags })} />
      <ServerError error={change.error} />
      <Link
        to="/inbox/$conversationId"
        params={{ conversationId: conversation.id }}
        search={{ contact: contact.id }}
        className={styles.conversations}
      >
        {t("conversations")}
      </Link>
      <Facts conversation={conversation} />
    </aside>
  );
}

interface NameProps {
  name: string;
  shown: string;
  mayWrite: boolean;
  onChange: (name: string) => void;
}

function Name({ name, shown, mayWrite, onChange }: NameProps) {
  const { t } = useTranslation("contacts");
  const [edits, setEdits] = useState(false);
  if (!edits) {
    return (
      <>
        <p className={styles.name}>{shown}</p>
        {mayWrite && (
          <Button look="quiet" onClick={() => setEdits(true)}>
            {t("editName")}
          </Button>
        )}
      </>
    );
  }
  return (
    <form
      className={styles.edit}
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = String(new FormData(event.currentTarget).get("name")).trim();
        setEdits(false);
        if (wanted && wanted !== name) onChange(wanted);
      }}
    >
      <TextField name="name" label={t("name")} defaultValue={name} maxLength={200} required autoFocus />
      <div className={styles.buttons}>
        <Button onClick={() => setEdits(false)}>{t("ui:cancel")}</Button>
        <Button type="submit" look="primary">
          {t("ui:save")}
        </Button>
      </div>
    </form>
  );
}

function Facts({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation(["contacts", "conversations"]);
  const formats = useFormats();
  const users = useUsers();
  const when = (time: string | null | undefined) => time && `${formats.day(new Date(time))}, ${formats.time(new Date(time))}`;
  const agent = conversation.assigned_agent_id && users.get(conversation.assigned_agent_id)?.full_name;
  const reason = conversation.extra_data.close_reason;
  const { numbers = [], opted_out_at, first_referral } = conversation.contact;
  const former = numbers.filter(({ is_present }) => !is_present);
  return (
    <dl className={styles.facts}>
      {numbers.some(({ is_present, kind }) => is_present && kind === "landline") && <Fact name={t("kind")}>{t("landline")}</Fact>}
      {former.length > 0 && <Fact name={t("formerNumbers")}>{former.map(({ formatted }) => readableNumber(formatted)).join(", ")}</Fact>}
      <Fact name={t("status")}>{t(`conversations:status.${conversation.status}`)}</Fact>
      <Fact name={t("agent")}>{agent || t("nobody")}</Fact>
      <Fact name={t("began")}>{when(conversation.created_at)}</Fact>
      <Fact name={t("lastInbound")}>{when(conversation.last_inbound_at)}</Fact>
      <Fact name={t("messages")}>{formats.number(conversation.total_messages)}</Fact>
      {conversation.tags.length > 0 && <Fact name={t("conversationTags")}>{conversation.tags.join(", ")}</Fact>}
      {typeof reason === "string" && <Fact name={t("closeReason")}>{reason}</Fact>}
      {opted_out_at && <Fact name={t("optedOut")}>{when(opted_out_at)}</Fact>}
      {first_referral && (
        <Fact name={t("cameFrom")}>
          <ReferralCard referral={first_referral} />
          {when(first_referral.at)}
        </Fact>
      )}
    </dl>
  );
}
