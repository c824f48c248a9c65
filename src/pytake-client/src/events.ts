/** Names and payloads of everything that crosses the hub, as the wire contract (sections 3, 4 and 6) defines them. */

/** What the server sends. */
export const ServerEvent = {
  Connected: "connected",
  JoinedConversation: "joined_conversation",
  LeftConversation: "left_conversation",
  MessageNew: "message:new",
  MessageStatus: "message:status",
  MessageUpdated: "message:updated",
  ConversationUpdated: "conversation:updated",
  ConversationRemoved: "conversation:removed",
  ConversationCounts: "conversation:counts",
  UnreadUpdate: "conversation:unread_update",
  UserTyping: "user_typing",
  Viewers: "conversation:viewers",
  UserStatus: "user:status",
  PresenceSnapshot: "presence:snapshot",
  NumberUpdated: "number:updated",
  AccountEvent: "account:event",
  Resync: "resync",
  ServerDraining: "server:draining",
  Pong: "pong",
  Error: "error",
} as const;

/** What a client may invoke. */
export const HubMethod = {
  JoinConversation: "join_conversation",
  LeaveConversation: "leave_conversation",
  WatchConversations: "watch_conversations",
  UnwatchConversations: "unwatch_conversations",
  TypingStart: "typing_start",
  TypingStop: "typing_stop",
  Ping: "ping",
  Authenticate: "authenticate",
} as const;

export type MessageStatusName = "received" | "pending" | "sent" | "delivered" | "read" | "failed";

/** Times are ISO-8601 in UTC; `seq` is the place of the message's last change in its conversation's stream. */
export interface Message {
  id: string;
  conversation_id: string;
  direction: "inbound" | "outbound";
  sender_type: "contact" | "agent" | "bot" | "system";
  sender_user_id?: string | null;
  message_type: string;
  content: Record<string, unknown>;
  status: MessageStatusName;
  whatsapp_message_id?: string | null;
  reply_to_message_id?: string | null;
  created_at: string;
  sent_at?: string | null;
  delivered_at?: string | null;
  read_at?: string | null;
  failed_at?: string | null;
  error_code?: string | null;
  error_message?: string | null;
  seq: number;
  /** The message's first `seq`, where the server sends it. */
  created_seq?: number;
  occurred_at: string;
  client_message_id?: string | null;
  reactions?: unknown[];
  media?: MessageMedia | null;
  /** Who controlled the conversation when the message came, if that was somebody else: see `Conversation.controlled_by`. */
  controlled_by?: string;
  /** The advertisement or post that the customer came from. */
  referral?: Referral | null;
  /** "many": more than five times. */
  forwarded?: true | "many" | null;
  /** The product that the customer asks about. */
  referred_product?: { catalog_id?: string | null; product_retailer_id?: string | null } | null;
  /** What became of the payment that the message asks for; its ticks say nothing about that. */
  payment?: Payment | null;
  pricing?: Pricing | null;
}

export interface Referral {
  /** `ad` or `post`. */
  source_type?: string | null;
  source_url?: string | null;
  source_id?: string | null;
  headline?: string | null;
  body?: string | null;
  media_type?: string | null;
  ctwa_clid?: string | null;
  /** When; of a contact's first referral only. */
  at?: string;
}

export interface Payment {
  /** `pending`, `captured`, `failed`, or another word of WhatsApp's. */
  status: string;
  at: string;
  reference_id?: string | null;
  /** In units of the currency: 50.25. */
  amount?: number | null;
  currency?: string | null;
  /** Why it failed. */
  reason?: string | null;
}

/** What WhatsApp charges for a message. */
export interface Pricing {
  category: string;
  billable?: boolean | null;
}

export interface MessageMedia {
  state: "pending" | "stored" | "failed" | "expired";
  /** Where it is on this server, as soon as it is stored. */
  url?: string | null;
  /** By its content, once it is stored; before, what WhatsApp says. */
  mime_type: string | null;
  /** In bytes. */
  size?: number | null;
  /** As its sender named it. */
  filename?: string | null;
  /** In pixels, as it is shown. */
  width?: number | null;
  height?: number | null;
  duration_seconds?: number | null;
  /** It was recorded as a message, and is no music. */
  voice?: boolean | null;
  /** A sticker that moves. */
  animated?: boolean | null;
  /** Why it could not be fetched: in English, and as a code. */
  error?: string | null;
  error_code?: string | null;
}

export interface MessageStatus {
  message_id: string;
  conversation_id: string;
  status: MessageStatusName;
  timestamp: string;
  seq: number;
  error_code?: string | null;
  error_message?: string | null;
  pricing?: Pricing | null;
}

/** A phone number of a customer: digits after a plus, and as people write it. */
export interface ContactNumber {
  number: string;
  formatted: string;
  /** Null where the country's numbers do not tell. */
  kind?: "mobile" | "landline" | null;
  is_present: boolean;
}

export interface Contact {
  id: string;
  name?: string | null;
  whatsapp_id: string;
  phone_number?: string | null;
  /** The present number, if one is known, and then the others that the customer was seen with. */
  numbers?: ContactNumber[];
  /** What WhatsApp shows instead of a number; without the @. */
  username?: string | null;
  profile_picture_url?: string | null;
  tags: string[];
  attributes: Record<string, unknown>;
  /** When the customer stopped marketing messages. */
  opted_out_at?: string | null;
  /** What first brought the customer. */
  first_referral?: Referral | null;
  /** When the customer was erased: nothing is known of them any more, and nothing can be written to them. */
  erased_at?: string | null;
  created_at: string;
  updated_at: string;
}

/** A live event carries no `unread_count`, which is the caller's own; an answer of the REST API does. */
export interface Conversation {
  id: string;
  organization_id: string;
  contact_id: string;
  whatsapp_number_id: string;
  status: "open" | "pending" | "resolved" | "closed";
  assigned_agent_id?: string | null;
  current_agent_id?: string | null;
  priority: "low" | "medium" | "high" | "urgent";
  channel: string;
  tags: string[];
  extra_data: Record<string, unknown>;
  unread_count?: number;
  /**
   * Who answers, where several may answer for the number: `self`, `nobody` (given back), `other`, or a role of Meta's
   * conversation routing, such as `ai_agent` or `escalation`. None: it is ours.
   */
  controlled_by?: string | null;
  controlled_since?: string | null;
  total_messages: number;
  last_message_at?: string | null;
  last_inbound_at?: string | null;
  last_outbound_at?: string | null;
  /** The customer's oldest message that nobody has answered. */
  waiting_since?: string | null;
  window_expires_at?: string | null;
  first_response_at?: string | null;
  resolved_at?: string | null;
  closed_at?: string | null;
  created_at: string;
  updated_at: string;
  contact: Contact;
  last_message?: {
    id: string;
    message_type: string;
    preview: string;
    direction: "inbound" | "outbound";
    created_at: string;
  } | null;
  last_seq: number;
  inbox_seq: number;
  inbound_count: number;
  /** Our messages that failed and were not sent again. */
  failed_count?: number;
  /** In the answer to a search: the newest message that matches, unless the customer's name or number does. */
  hit?: SearchHit;
}

/** A message that a search found. */
export interface SearchHit {
  message_id: string;
  message_type: string;
  preview: string;
  direction: "inbound" | "outbound";
  occurred_at: string;
}

/** What the list may be limited to: conversations of the organization that the user may see. */
export type ConversationView =
  "open" | "mine" | "unassigned" | "pending" | "closed" | "waiting" | `department:${string}`;

/** A conversation belongs to the watched view. Covers every change in (`prev_inbox_seq`, `inbox_seq`]. */
export type ConversationUpdated = Conversation & { prev_inbox_seq?: number };

/** A conversation does not belong to the watched view any more. Covers the same as a ConversationUpdated. */
export interface ConversationRemoved {
  conversation_id: string;
  inbox_seq: number;
  prev_inbox_seq?: number;
}

/** How many conversations there are in a view for this user; `unread`: how many have messages that the user has not read. */
export interface ConversationCounts {
  open: number;
  mine: number;
  unassigned: number;
  pending: number;
  waiting: number;
  unread: number;
}

/** The answer to `watch_conversations`. */
export interface Watched {
  view: ConversationView;
  inbox_seq: number;
  counts: ConversationCounts;
}

export interface UnreadUpdate {
  conversation_id: string;
  /** The absolute count. */
  unread_count: number;
}

export interface UserTyping {
  conversation_id: string;
  user_id: string;
  user_name?: string;
  typing: boolean;
}

/** All users who have the conversation open. */
export interface ConversationViewers {
  conversation_id: string;
  users: { user_id: string; user_name: string }[];
}

export interface UserStatus {
  user_id: string;
  status: "online" | "offline";
}

export interface PresenceSnapshot {
  users: UserStatus[];
}

/** Whether a WhatsApp number may send; a number that may not was stopped for the reason given. */
export interface NumberUpdated {
  organization_id: string;
  whatsapp_number_id: string;
  sending_stopped_at?: string | null;
  /** WhatsApp's error code. */
  sending_stopped_code?: string | null;
  /** In WhatsApp's words. */
  sending_stopped_reason?: string | null;
}

/** There is news of the organization's WhatsApp account, which administrators read by REST. */
export interface AccountNews {
  organization_id: string;
  id: string;
}

export interface Joined {
  conversation_id: string;
  last_seq: number;
}

export type Resync = { conversation_id: string; last_seq?: number } | { inbox_seq: number };
