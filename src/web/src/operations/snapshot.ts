/** What GET /api/v1/ops/live tells every second; the names are the server's. */
export interface Snapshot {
  at: string;
  /** Who tells it. */
  node: string;
  nodes: NodeInfo[];
  times: { webhook_to_browser: Times; commit_to_fan_out: Times };
  /** These three are null while the database does not answer. */
  lanes: Lane[] | null;
  items: ItemCounts | null;
  outbound: Outbound | null;
}

export interface NodeInfo {
  id: string;
  name: string;
  version: string;
  started_at: string;
  /** By door. */
  connections: Record<string, number>;
  rooms: number;
  ready: boolean;
  workers: boolean;
}

export interface Times {
  count: number;
  p50_ms: number;
  p99_ms: number;
}

export interface Lane {
  lane: number;
  depth: number;
  oldest_age_ms: number;
}

export interface ItemCounts {
  waiting: number;
  retry: number;
  parked: number;
  dead: number;
}

export interface Outbound {
  queued: number;
  sending: number;
  unknown: number;
  oldest_age_ms: number;
  by_error_class: Record<string, number>;
  stopped_numbers: StoppedNumber[];
}

export interface StoppedNumber {
  id: string;
  phone_number_id: string;
  display_name: string;
  stopped_at: string;
  reason: string | null;
  waiting: number;
}

export function connectionsOf(node: NodeInfo): number {
  return Object.values(node.connections).reduce((sum, count) => sum + count, 0);
}
