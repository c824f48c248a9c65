import { idOf, type Customer, type Hello, type MetaMessage, type PhoneEvent, type Rule, type StatusSettings } from "./events";

/** How long WhatsApp shows that the other side is typing, unless a message arrives. */
export const TYPING_MS = 25_000;

export interface Entry {
  wamid: string;
  at: string;
  /** Whether the customer wrote it. */
  isMine: boolean;
  message: MetaMessage;
  /** Of the customer's: sending, failed, sent, read. Of the company's: the last status that was sent to it. */
  status: string;
}

export interface Chat {
  id: string;
  customer: Customer;
  entries: readonly Entry[];
  /** By the message's wamid: the customer's reaction (`mine`) and the company's. */
  reactions: ReadonlyMap<string, { mine?: string; theirs?: string }>;
  /** When the company was last typing; undefined once it has written. */
  typingAt: string | undefined;
  /** The company's messages since the customer last looked. */
  unread: number;
}

export interface PhoneState {
  number: { id: string; display: string } | undefined;
  settings: StatusSettings;
  rules: readonly Rule[];
  chats: ReadonlyMap<string, Chat>;
  /** The chat of each message, by the message's wamid. */
  owners: ReadonlyMap<string, string>;
  open: string | undefined;
}

export type PhoneAction =
  | { kind: "hello"; hello: Hello }
  | { kind: "happened"; event: PhoneEvent }
  | { kind: "make"; customer: Customer }
  | { kind: "open"; id: string | undefined };

export const EMPTY_PHONE: PhoneState = {
  number: undefined,
  settings: { auto_statuses: true, status_delay_ms: 250 },
  rules: [],
  chats: new Map(),
  owners: new Map(),
  open: undefined,
};

export function reducePhone(state: PhoneState, action: PhoneAction): PhoneState {
  switch (action.kind) {
    case "hello":
      return greet(state, action.hello);
    case "make":
      return { ...withChat(state, action.customer), open: idOf(action.customer) };
    case "open":
      return open(state, action.id);
    case "happened":
      return happen(state, action.event);
  }
}

/** The newest chat first, those without messages last. */
export function chatsInOrder({ chats }: PhoneState): Chat[] {
  return [...chats.values()].sort((a, b) => (b.entries.at(-1)?.at ?? "").localeCompare(a.entries.at(-1)?.at ?? ""));
}

export const isTyping = ({ typingAt }: Chat, now: number): boolean =>
  typingAt !== undefined && now - Date.parse(typingAt) < TYPING_MS;

/** Keeps the customers, even those who have not written yet, when the simulator was restarted. */
function greet(state: PhoneState, { after, phone_number_id, display_phone_number, settings, rules }: Hello): PhoneState {
  const fresh = after === 0;
  const chats = fresh
    ? new Map([...state.chats].map(([id, chat]) => [id, newChat(chat.customer)]))
    : state.chats;
  const number = { id: phone_number_id, display: display_phone_number };
  return { ...state, number, settings, rules, chats, owners: fresh ? new Map() : state.owners };
}

function open(state: PhoneState, id: string | undefined): PhoneState {
  const chat = id === undefined ? undefined : state.chats.get(id);
  return { ...(chat ? put(state, { ...chat, unread: 0 }) : state), open: id };
}

function happen(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.kind) {
    case "settings":
      return { ...state, settings: event.settings };
    case "rules":
      return { ...state, rules: event.rules };
    case "message":
    case "answer":
      return arrive(withChat(state, event.customer), event);
    case "posted":
      return progress(state, event.wamid, true, event.status === "200" ? "sent" : "sending");
    case "status":
      return progress(state, event.wamid, false, event.status);
    case "read":
      return read(state, event.wamid, event.typing ? event.at : undefined);
  }
}

function arrive(state: PhoneState, event: PhoneEvent & { kind: "message" | "answer" }): PhoneState {
  const id = idOf(event.customer);
  const chat = state.chats.get(id)!;
  if (state.owners.has(event.wamid)) return state;
  const owners = new Map(state.owners).set(event.wamid, id);
  const isMine = event.kind === "message";
  const reaction = event.message.type === "reaction" ? (event.message.reaction as { message_id: string; emoji?: string }) : undefined;
  if (reaction) return { ...put(state, react(chat, reaction.message_id, isMine, reaction.emoji)), owners };
  const entry: Entry = { wamid: event.wamid, at: event.at, isMine, message: event.message, status: isMine ? "sending" : "accepted" };
  const changed: Chat = {
    ...chat,
    entries: [...chat.entries, entry],
    typingAt: isMine ? chat.typingAt : undefined,
    unread: isMine || state.open === id ? 0 : chat.unread + 1,
  };
  return { ...put(state, changed), owners };
}

function react(chat: Chat, wamid: string, isMine: boolean, emoji: string | undefined): Chat {
  const before = chat.reactions.get(wamid) ?? {};
  const after = { ...before, [isMine ? "mine" : "theirs"]: emoji || undefined };
  return { ...chat, reactions: new Map(chat.reactions).set(wamid, after), typingAt: isMine ? chat.typingAt : undefined };
}

/** Sets a message's status; one that was read stays read, even if an event is late. */
function progress(state: PhoneState, wamid: string, isMine: boolean, status: string): PhoneState {
  return change(state, wamid, (chat) => ({
    ...chat,
    entries: chat.entries.map((entry) =>
      entry.wamid === wamid && entry.isMine === isMine && entry.status !== "read" ? { ...entry, status } : entry,
    ),
  }));
}

/** Reading a message marks all earlier ones as read, as in WhatsApp. */
function read(state: PhoneState, wamid: string, typingAt: string | undefined): PhoneState {
  return change(state, wamid, (chat) => {
    const last = chat.entries.findIndex((entry) => entry.wamid === wamid);
    return {
      ...chat,
      typingAt: typingAt ?? chat.typingAt,
      entries: chat.entries.map((entry, index) => (entry.isMine && index <= last ? { ...entry, status: "read" } : entry)),
    };
  });
}

function change(state: PhoneState, wamid: string, how: (chat: Chat) => Chat): PhoneState {
  const chat = state.chats.get(state.owners.get(wamid) ?? "");
  return chat ? put(state, how(chat)) : state;
}

function withChat(state: PhoneState, customer: Customer): PhoneState {
  const chat = state.chats.get(idOf(customer));
  if (!chat) return put(state, newChat(customer));
  return put(state, { ...chat, customer: { ...chat.customer, name: customer.name ?? chat.customer.name } });
}

function newChat(customer: Customer): Chat {
  return { id: idOf(customer), customer, entries: [], reactions: new Map(), typingAt: undefined, unread: 0 };
}

function put(state: PhoneState, chat: Chat): PhoneState {
  return { ...state, chats: new Map(state.chats).set(chat.id, chat) };
}
