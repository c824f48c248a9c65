import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { conversations } from "../../api/api";
import { useServerWords } from "../../api/useServerWords";
import { Button } from "../../ui/Button";
import { useAct } from "../actions/useAct";
import { useOwner } from "./useOwner";

/** Says who has the conversation, with a button to take it over. */
export function Held({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("control");
  const owner = useOwner();
  const words = useServerWords();
  const take = useAct(() => conversations.takeControl(conversation.id));
  return (
    <>
      <p>{conversation.controlled_by === "nobody" ? t("free") : t("has", { name: owner(conversation.controlled_by) })}</p>
      <Button look="primary" busy={take.isPending} onClick={() => take.mutate(undefined)}>
        {t("take")}
      </Button>
      {take.error && <p role="alert">{words(take.error.message)}</p>}
    </>
  );
}
