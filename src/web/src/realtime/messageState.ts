import type { Message, MessageStatus } from "pytake-client";
import { sortable } from "../state/sortable";
import { emojiOf, withOurs } from "./reactions";

/**
 * One conversation's messages, as far back as they are loaded. In whatever order events and pages arrive, a message is
 * kept as it was at its highest `seq`.
 */
export interface MessageState {
  readonly byId: ReadonlyMap<string, Message>;
  /** The messages on the screen, in order: all from the horizon on. */
  readonly shown: readonly Message[];
  /** The place of the oldest message that was loaded: undefined before the first page, empty when all are loaded. */
  readonly horizon: string | undefined;
  /** The number up to which every change is included. */
  readonly position: number;
}

export type MessageAction =
  /**
   * A page that was loaded. `complete`: there is none before it. `lastSeq`: given for the first page, where the stream
   * starts.
   */
  | { kind: "page"; messages: readonly Message[]; complete: boolean; lastSeq?: number }
  | { kind: "message"; message: Message }
  /** The message in the answer to a request. Events of earlier changes may still arrive. */
  | { kind: "answer"; message: Message }
  | { kind: "status"; status: MessageStatus };

export const NO_MESSAGES: MessageState = { byId: new Map(), shown: [], horizon: undefined, position: 0 };

export function reduceMessages(state: MessageState, action: MessageAction): MessageState {
  switch (action.kind) {
    case "page":
      return withPage(state, action);
    case "message":
      return at(action.message.seq, withMessage(state, action.message));
    case "answer":
      return withAnswer(state, action.message);
    case "status":
      return at(action.status.seq, withStatus(state, action.status));
  }
}

/** The request's `before` for the page that precedes the shown messages. */
export function beforeOf({ shown }: MessageState): number | undefined {
  const oldest = shown[0];
  return oldest && (oldest.created_seq ?? oldest.seq);
}

function at(seq: number, state: MessageState): MessageState {
  return seq > state.position ? { ...state, position: seq } : state;
}

function withPage(state: MessageState, { messages, complete, lastSeq }: MessageAction & { kind: "page" }): MessageState {
  const byId = new Map<string, Message>();
  // The page is usually older, and sorting is fast where most is in order already.
  for (const message of [...messages, ...state.byId.values()]) {
    if (message.seq >= (byId.get(message.id)?.seq ?? 0)) byId.set(message.id, message);
  }
  const oldest = messages[0] && placeOf(messages[0]);
  const horizon = complete ? "" : lower(oldest, state.horizon);
  const shown = [...byId.values()].filter((message) => placeOf(message) >= (horizon ?? "")).sort(byPlace);
  return { byId, shown, horizon, position: Math.max(state.position, lastSeq ?? 0) };
}

function lower(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function withMessage(state: MessageState, message: Message): MessageState {
  const known = state.byId.get(message.id);
  if (known && known.seq > message.seq) return state;
  const byId = new Map(state.byId).set(message.id, message);
  // It is older than the loaded pages, and will be shown with the page that it belongs to.
  if (state.horizon === undefined || placeOf(message) < state.horizon) return { ...state, byId };
  const shown = [...state.shown];
  const index = indexOf(shown, placeOf(message));
  shown.splice(index, shown[index]?.id === message.id ? 1 : 0, message);
  return { ...state, byId, shown };
}

/**
 * Adds our reaction to its message at once: the message's own event, which has a lower number than the reaction's, is
 * yet to arrive.
 */
function withAnswer(state: MessageState, message: Message): MessageState {
  const next = withMessage(state, message);
  const target = message.message_type === "reaction" ? next.byId.get(message.reply_to_message_id ?? "") : undefined;
  if (!target || target.seq > message.seq) return next;
  return withMessage(next, { ...target, reactions: withOurs(target.reactions, emojiOf(message)) });
}

/** Ignores a status of an unknown message: the page that brings the message brings its status. */
function withStatus(state: MessageState, status: MessageStatus): MessageState {
  const known = state.byId.get(status.message_id);
  if (!known || known.seq >= status.seq) return state;
  return withMessage(state, withStatusOf(known, status));
}

function withStatusOf(message: Message, { status, timestamp, seq, error_code, error_message, pricing }: MessageStatus): Message {
  const changed: Message = { ...message, status, seq, error_code: error_code ?? null, error_message: error_message ?? null };
  if (pricing) changed.pricing = pricing;
  if (status === "sent") changed.sent_at = timestamp;
  if (status === "delivered") changed.delivered_at = timestamp;
  if (status === "read") changed.read_at = timestamp;
  if (status === "failed") changed.failed_at = timestamp;
  return changed;
}

const places = new WeakMap<Message, string>();

/** What messages are sorted by on the screen; it never changes for a message. */
export function placeOf(message: Message): string {
  let place = places.get(message);
  if (place === undefined) {
    place = `${sortable(message.occurred_at)} ${sortable(message.created_at)} ${message.id}`;
    places.set(message, place);
  }
  return place;
}

function byPlace(a: Message, b: Message): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

/** The index of the first message that is not before the place. */
function indexOf(messages: readonly Message[], place: string): number {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(messages[middle]!) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
