import { RestError, type Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMe } from "../../accounts/SessionContext";
import { useUsers } from "../../accounts/useUsers";
import { conversations } from "../../api/api";
import { useServerWords } from "../../api/useServerWords";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import { Button } from "../../ui/Button";
import { Menu, MenuChoices } from "../../ui/Menu";
import { ActionError } from "./ActionError";
import styles from "./AssignMenu.module.css";
import { useAct } from "./useAct";

const NOBODY = "nobody";

/** Shows who takes care of the conversation, and assigns it to another agent. */
export function AssignMenu({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const me = useMe();
  const users = useUsers();
  const { inbox, people } = useLive();
  const online = useStore(people.online, (all) => all);
  const assigned = conversation.assigned_agent_id ?? null;
  const assign = useAct((agentId: string) => conversations.assign(conversation.id, agentId === NOBODY ? null : agentId, assigned), {
    // Whoever was slower sees who has it.
    refused: () => void inbox.refresh(conversation.id, conversations.get),
  });
  const label = !assigned
    ? t("header.unassigned")
    : assigned === me.id
      ? t("header.assignedToYou")
      : t("header.assigned", { name: users.get(assigned)?.full_name ?? "…" });
  const agents = [...users.values()]
    .filter(({ is_active, role }) => is_active && role !== "viewer")
    .sort((a, b) => Number(b.id === me.id) - Number(a.id === me.id) || a.full_name.localeCompare(b.full_name));
  return (
    <div className={styles.assign}>
      <Menu
        trigger={
          <Button icon="user" busy={assign.isPending} className={styles.trigger} title={label}>
            <span className={styles.label}>{label}</span>
          </Button>
        }
      >
        <MenuChoices
          title={t("header.assignTo")}
          value={assigned ?? NOBODY}
          choices={[
            { value: NOBODY, label: t("header.nobody") },
            ...agents.map(({ id, full_name }) => ({
              value: id,
              label: `${id === me.id ? t("you") : full_name}${online.has(id) ? ` · ${t("header.online")}` : ""}`,
            })),
          ]}
          onChoose={(id) => assign.mutate(id)}
        />
      </Menu>
      <Refusal error={assign.error} />
    </div>
  );
}

/** Why the conversation was not assigned: who was quicker, or the server's words. */
function Refusal({ error }: { error: Error | null }) {
  const { t } = useTranslation("conversations");
  const users = useUsers();
  const words = useServerWords();
  if (!error) return null;
  const current = error instanceof RestError && error.status === 409 ? (error.body as { current_agent_id?: string | null }).current_agent_id : undefined;
  return (
    <ActionError>
      {current === undefined
        ? words(error.message)
        : current === null
          ? t("header.nowNobodys")
          : t("header.takenBy", { name: users.get(current)?.full_name ?? "…" })}
    </ActionError>
  );
}
