import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../api/client";
import { useStore } from "../state/store";
import { PagePart } from "../ui/PagePart";
import { Badge, Empty, Loading } from "../ui/State";
import { DashboardButton } from "./DashboardButton";
import { Items } from "./items/Items";
import { OperationsFeed, type FeedStatus } from "./live/OperationsFeed";
import { Figures } from "./metrics/Figures";
import { Nodes } from "./Nodes";
import styles from "./OperationsPage.module.css";
import { Outbound } from "./Outbound";
import { Partitions } from "./Partitions";

/** The state of the whole installation, live, for its operators. */
export default function OperationsPage() {
  const { t } = useTranslation("operations");
  const feed = useFeed();
  const state = useStore(feed.state, (value) => value);
  const status = useStore(feed.status, (value) => value);
  const { latest } = state;

  if (status === "forbidden") return <Empty icon="warning" title={t("forbidden")} />;
  if (!latest) return <Loading />;
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <Status status={status} node={latest.node} isAway={latest.items === null} />
        <DashboardButton />
      </div>
      <Figures state={state} snapshot={latest} />
      <PagePart title={t("nodes.title")}>
        <Nodes nodes={latest.nodes} source={latest.node} now={new Date(latest.at)} />
      </PagePart>
      <div className={styles.columns}>
        <PagePart title={t("partitions.title")}>
          <Partitions partitions={latest.lanes} />
        </PagePart>
        <PagePart title={t("outbound.title")}>
          <Outbound outbound={latest.outbound} />
        </PagePart>
      </div>
      <PagePart title={t("items.title")}>
        <Items counts={latest.items} />
      </PagePart>
    </div>
  );
}

function useFeed(): OperationsFeed {
  const feed = useMemo(() => new OperationsFeed({ token: () => client.accessToken() }), []);
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  return feed;
}

function Status({ status, node, isAway }: { status: FeedStatus; node: string; isAway: boolean }) {
  const { t } = useTranslation("operations");
  return (
    <p className={styles.status} role="status">
      <Badge tone={status === "live" ? "good" : "warning"}>
        <span className={styles.dot} aria-hidden="true" />
        {t(`status.${status}`)}
      </Badge>
      {status === "live" && <span>{t("source", { node })}</span>}
      {isAway && <Badge tone="danger">{t("away")}</Badge>}
    </p>
  );
}
