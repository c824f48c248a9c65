import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { Badge, Empty } from "../ui/State";
import { Table } from "../ui/Table";
import { connectionsOf, type NodeInfo } from "./live/snapshot";
import styles from "./Nodes.module.css";
import { duration } from "./units";

/** The endpoints that have a column even where they have no connections. */
const ENDPOINTS = ["signalr", "socketio"];

export function Nodes({ nodes, source, now }: { nodes: readonly NodeInfo[]; source: string; now: Date }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  const versions = new Set(nodes.map((node) => node.version));
  const endpoints = [...new Set([...ENDPOINTS, ...nodes.flatMap((node) => Object.keys(node.connections))])];
  return (
    <Table
      caption={t("nodes.title")}
      rows={nodes}
      rowKey={(node) => node.id}
      empty={<Empty icon="activity" title={t("nodes.none")} />}
      columns={[
        {
          key: "name",
          title: t("nodes.name"),
          cell: (node) => (
            <span className={styles.name}>
              <strong>{node.name}</strong>
              {node.name === source && <span className={styles.note}>{t("nodes.source")}</span>}
            </span>
          ),
        },
        { key: "state", title: t("nodes.state"), cell: (node) => <NodeState node={node} /> },
        { key: "connections", title: t("nodes.connections"), numeric: true, cell: (node) => formats.number(connectionsOf(node)) },
        ...endpoints.map((endpoint) => ({
          key: endpoint,
          title: t(`endpoints.${endpoint}`, { defaultValue: endpoint }),
          numeric: true,
          cell: (node: NodeInfo) => formats.number(node.connections[endpoint] ?? 0),
        })),
        { key: "rooms", title: t("nodes.rooms"), numeric: true, cell: (node) => formats.number(node.rooms) },
        {
          key: "version",
          title: t("nodes.version"),
          cell: (node) => (versions.size > 1 ? <Badge tone="info">{node.version}</Badge> : node.version),
        },
        {
          key: "up",
          title: t("nodes.up"),
          numeric: true,
          cell: (node) => (
            <time dateTime={node.started_at} title={formats.full(new Date(node.started_at))}>
              {duration(Math.max(0, now.getTime() - Date.parse(node.started_at)), formats)}
            </time>
          ),
        },
      ]}
    />
  );
}

function NodeState({ node: { ready, workers } }: { node: NodeInfo }) {
  const { t } = useTranslation("operations");
  return (
    <span className={styles.name}>
      <Badge tone={ready ? "good" : "warning"}>{t(ready ? "nodes.ready" : "nodes.leaving")}</Badge>
      {!workers && <Badge>{t("nodes.browsersOnly")}</Badge>}
    </span>
  );
}
