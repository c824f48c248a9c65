import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members } from "../../api/members";
import type { User } from "../../api/types";
import { useFormats } from "../../i18n/formats";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Badge, Empty, Failure, Loading } from "../../ui/State";
import { Table } from "../../ui/Table";
import { useMe } from "../SessionContext";
import { InviteDialog } from "./InviteDialog";
import styles from "./PeoplePage.module.css";
import { PersonMenu } from "./PersonMenu";

/** The members of the organization, for its administrators. */
export default function PeoplePage() {
  const { t } = useTranslation("people");
  const { data, error, refetch } = useQuery({ queryKey: ["users"], queryFn: members.list });
  const [invites, setInvites] = useState(false);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <p className={styles.muted}>{t("words")}</p>
        <Button look="primary" icon="plus" onClick={() => setInvites(true)}>
          {t("invite.open")}
        </Button>
      </div>
      {error ? <Failure error={error} onRetry={() => void refetch()} /> : data ? <People people={data} /> : <Loading lines={3} />}
      {invites && <InviteDialog onClose={() => setInvites(false)} />}
    </div>
  );
}

function People({ people }: { people: User[] }) {
  const { t } = useTranslation("people");
  const formats = useFormats();
  const { id } = useMe();
  return (
    <Table
      stacks
      caption={t("title")}
      rows={[...people].sort(byStateAndName)}
      rowKey={(person) => person.id}
      empty={<Empty icon="users" title={t("none")} />}
      columns={[
        { key: "person", title: t("person"), cell: (person) => <Person person={person} isSelf={person.id === id} /> },
        { key: "role", title: t("role"), cell: ({ role }) => t(`app:roles.${role}`) },
        { key: "state", title: t("state"), cell: (person) => <State person={person} /> },
        { key: "mfa", title: t("mfa"), cell: ({ mfa }) => <Badge tone={mfa ? "good" : "neutral"}>{t(mfa ? "mfaOn" : "mfaOff")}</Badge> },
        {
          key: "login",
          title: t("lastLogin"),
          cell: ({ last_login_at }) =>
            last_login_at ? (
              <time dateTime={last_login_at} title={formats.full(new Date(last_login_at))} className={styles.when}>
                {formats.ago(new Date(last_login_at))}
              </time>
            ) : (
              t("never")
            ),
        },
        { key: "actions", title: t("actions"), cell: (person) => <PersonMenu person={person} isSelf={person.id === id} />, numeric: true },
      ]}
    />
  );
}

function Person({ person, isSelf }: { person: User; isSelf: boolean }) {
  const { t } = useTranslation("people");
  const { full_name, email } = person;
  return (
    <span className={styles.person}>
      <Avatar name={full_name} />
      <span>
        <span className={styles.name}>
          {full_name} {isSelf && <Badge>{t("you")}</Badge>}
        </span>
        <span className={styles.muted}>{email}</span>
      </span>
    </span>
  );
}

function State({ person }: { person: User }) {
  const { t } = useTranslation("people");
  if (!person.is_active) return <Badge tone="danger">{t("states.inactive")}</Badge>;
  if (person.invited) return <Badge tone="warning">{t("states.invited")}</Badge>;
  return <Badge tone="good">{t("states.active")}</Badge>;
}

/** Those who work here first. */
function byStateAndName(a: User, b: User): number {
  return Number(b.is_active) - Number(a.is_active) || a.full_name.localeCompare(b.full_name);
}
