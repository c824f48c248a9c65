/** What GET /api/v1/ops/live sends every second; the names are the contract's, in which a partition is a lane. */
export interface Snapshot {
  at: string;
  /** The node that sends it. */
  node: string;
  nodes: NodeInfo[];
  times: { webhook_to_browser: Times; commit_to_fan_out: Times };
  /** These three are null while the database does not answer. */
  lanes: Partition[] | null;
  items: ItemCounts | null;
  outbound: Outbound | null;
}

export interface NodeInfo {
  id: string;
  name: string;
  version: string;
  started_at: string;
  /** By endpoint: `signalr`, `socketio`. */
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

export interface Partition {
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
