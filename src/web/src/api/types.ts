/** Answers of the REST API, as far as the app uses them and pytake-client does not define them. */

export type Role = "org_admin" | "agent" | "viewer";

export interface User {
  id: string;
  organization_id: string;
  email: string;
  full_name: string;
  role: Role;
  is_active: boolean;
  is_online: boolean;
  last_login_at?: string | null;
  /** Has not accepted the invitation yet. */
  invited?: boolean;
  /** Has a second factor; told to administrators. */
  mfa?: boolean;
}

/** A user as they see themselves. */
export interface Me extends User {
  permissions: string[];
  /** Must set up a second factor before anything else. */
  mfa_enrolment_required?: boolean;
}

/** One of the organization's numbers at WhatsApp. */
export interface WhatsAppNumber {
  id: string;
  display_name: string;
  phone_number: string;
}

export interface CannedResponse {
  id: string;
  short_code: string;
  text: string;
}

/** A WhatsApp number of the organization. */
export interface WhatsAppNumber {
  id: string;
  phone_number_id: string;
  phone_number: string;
  display_name: string;
  is_active: boolean;
  /** When its sending was stopped; null while it sends. */
  sending_stopped_at?: string | null;
  sending_stopped_code?: string | null;
  sending_stopped_reason?: string | null;
}

/** What Meta says of the account, one of its numbers or its templates. */
export interface AccountEvent {
  id: string;
  whatsapp_number_id?: string | null;
  waba_id: string;
  /** Meta's webhook field. */
  field: string;
  /** What happened, in Meta's word. */
  event?: string | null;
  /** As Meta sent it. */
  value: Record<string, unknown>;
  occurred_at: string;
}

/** A template as the Graph API has it; components of other types than those below are ignored. */
export interface Template {
  id: string;
  name: string;
  language: string;
  category: string;
  components: TemplateComponent[];
}

export interface TemplateComponent {
  type: string;
  format?: string;
  text?: string;
  buttons?: { type: string; text: string; url?: string }[];
}
