import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { organization, type Organization } from "../../api/members";
import { Button } from "../../ui/Button";
import { Actions, Section, Sections } from "../../ui/Section";
import { Badge, Failure, Loading } from "../../ui/State";
import { Problem } from "../Problem";
import { useAttempt } from "../useAttempt";
import { useUsers } from "../useUsers";

const queryKey = ["organization"];

/** What the organization demands of its members' logins. */
export default function SecurityPage() {
  const { t } = useTranslation("security");
  const { data, error, refetch } = useQuery({ queryKey, queryFn: organization.get });
  return (
    <Sections>
      <Section title={t("mfa.title")} words={t("mfa.words")}>
        {error ? <Failure error={error} onRetry={() => void refetch()} /> : data ? <Demand of={data} /> : <Loading lines={1} />}
      </Section>
    </Sections>
  );
}

function Demand({ of: { mfa_required: isDemanded } }: { of: Organization }) {
  const { t } = useTranslation("security");
  const queries = useQueryClient();
  const users = [...useUsers().values()];
  const without = users.filter(({ is_active, mfa }) => is_active && mfa === false).length;
  const { mutate, isPending, error } = useAttempt((mfa_required: boolean) => organization.change({ mfa_required }), {
    done: (changed) => queries.setQueryData(queryKey, changed),
  });
  return (
    <>
      <p>
        <Badge tone={isDemanded ? "good" : "neutral"}>{t(isDemanded ? "mfa.demanded" : "mfa.free")}</Badge>
      </p>
      {!isDemanded && without > 0 && <p>{t("mfa.without", { count: without })}</p>}
      <Problem failure={error} />
      <Actions>
        <Button look={isDemanded ? "danger" : "primary"} busy={isPending} onClick={() => mutate(!isDemanded)}>
          {t(isDemanded ? "mfa.release" : "mfa.demand")}
        </Button>
      </Actions>
    </>
  );
}
