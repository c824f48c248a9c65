import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { own, type UserSession } from "../../../api/members";
import { useFormats } from "../../../i18n/formats";
import { Button } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { Actions, Section } from "../../../ui/Section";
import { Badge, Failure, Loading } from "../../../ui/State";
import { Problem } from "../../Problem";
import { useAttempt } from "../../useAttempt";
import styles from "../Profile.module.css";
import { deviceOf } from "./device";
import { useDeviceName } from "./useDeviceName";

/** Where the user is logged in. */
export function Sessions() {
  const { t } = useTranslation("profile");
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["sessions"], queryFn: own.sessions });
  const done = () => queries.invalidateQueries({ queryKey: ["sessions"] });
  const end = useAttempt(own.endSession, { done });
  const endOthers = useAttempt(own.endOtherSessions, { done });
  return (
    <Section title={t("sessions.title")} words={t("sessions.words")}>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <>
          <ul className={styles.rows} aria-label={t("sessions.title")}>
            {data.map((session) => (
              <Row key={session.id} session={session} busy={end.isPending} onEnd={() => end.mutate(session.id)} />
            ))}
          </ul>
          <Problem failure={end.error ?? endOthers.error} />
          {data.length > 1 && (
            <Actions>
              <Button look="danger" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
                {t("sessions.endOthers")}
              </Button>
            </Actions>
          )}
        </>
      )}
    </Section>
  );
}

function Row({ session, busy, onEnd }: { session: UserSession; busy: boolean; onEnd: () => void }) {
  const { t } = useTranslation("profile");
  const formats = useFormats();
  const deviceName = useDeviceName();
  const { user_agent, address, created_at, last_used_at, current } = session;
  const name = deviceName(user_agent);
  return (
    <li className={styles.row}>
      <span className={styles.icon}>
        <Icon name={deviceOf(user_agent ?? "").isPhone ? "phone" : "monitor"} />
      </span>
      <div>
        <p className={styles.name}>
          {name} {current && <Badge tone="good">{t("sessions.current")}</Badge>}
        </p>
        <p className={styles.details}>
          {address && t("sessions.from", { address })} {address && "· "}
          <time dateTime={last_used_at} title={formats.full(new Date(last_used_at))}>
            {t("sessions.used", { when: formats.ago(new Date(last_used_at)) })}
          </time>{" "}
          ·{" "}
          <time dateTime={created_at} title={formats.full(new Date(created_at))}>
            {t("sessions.since", { date: formats.day(new Date(created_at)) })}
          </time>
        </p>
      </div>
      {!current && (
        <Button busy={busy} onClick={onEnd} aria-label={t("sessions.endOne", { name })}>
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}
