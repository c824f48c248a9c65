import { call, get } from "../../api/api";

/** A webhook item as operators see it. */
export interface Item {
  id: number;
  received_at: string;
  kind: string;
  state: "pending" | "parked" | "dead";
  attempts: number;
  error: string | null;
  phone_number_id: string | null;
  lane: number;
  due_at: string | null;
}

export interface ItemDetail extends Item {
  /** The webhook as it came. */
  payload: string;
}

export const ITEM_FILTERS = ["deadLettered", "parked", "dead", "pending"] as const;
export type ItemFilter = (typeof ITEM_FILTERS)[number];

export const PAGE = 25;

const STATES: Record<ItemFilter, string> = { deadLettered: "parked,dead", parked: "parked", dead: "dead", pending: "pending" };

/** Items from the newest, or those older than `before`. */
export const items = {
  list: (filter: ItemFilter, before?: number) =>
    get<Item[]>(`/ops/items?state=${STATES[filter]}&limit=${PAGE}${before === undefined ? "" : `&before=${before}`}`),
  get: (id: number) => get<ItemDetail>(`/ops/items/${id}`),
  replay: (id: number) => call<unknown>("POST", `/ops/items/${id}/replay`),
  discard: (id: number) => call<unknown>("POST", `/ops/items/${id}/discard`),
};
