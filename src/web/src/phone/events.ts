/** The events of the simulator's `GET /_control/events`, with the simulator's names. */

/** A WhatsApp user, known by a number, an id, or both. */
export interface Customer {
  wa_id: string | null;
  user_id: string | null;
  name: string | null;
}

export interface StatusSettings {
  auto_statuses: boolean;
  status_delay_ms: number;
}

export interface Rule {
  status: number;
  to?: string | null;
}

export interface Hello {
  /** 0: all events follow, so that what was known is void, as after a restart of the simulator. */
  after: number;
  phone_number_id: string;
  display_phone_number: string;
  settings: StatusSettings;
  rules: Rule[];
}

interface Happened {
  n: number;
  at: string;
}

export type PhoneEvent = Happened &
  (
    | { kind: "message"; customer: Customer; wamid: string; message: MetaMessage; phone_number_id: string }
    | { kind: "posted"; wamid: string; status: string | null }
    | { kind: "answer"; customer: Customer; wamid: string; message: MetaMessage; phone_number_id: string }
    | { kind: "status"; wamid: string; status: string }
    | { kind: "read"; wamid: string; typing: boolean }
    | { kind: "settings"; settings: StatusSettings }
    | { kind: "rules"; rules: Rule[] }
  );

export const EVENT_KINDS = ["message", "posted", "answer", "status", "read", "settings", "rules"] as const;

/** A message in Meta's form, of a webhook or a request; the content is in the property named like the type. */
export interface MetaMessage {
  type?: string;
  context?: { message_id?: string; id?: string };
  [content: string]: unknown;
}

export const idOf = (customer: Customer): string => customer.wa_id ?? customer.user_id ?? "";
