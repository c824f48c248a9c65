import { get } from "./api";

/** Who did what, as the server has recorded it. */
export interface AuditEvent {
  id: string;
  created_at: string;
  /** Null where nobody was logged in, as with a failed login. */
  actor_id: string | null;
  actor_name: string | null;
  /** A kind of subject, a dot, and a verb: `user.logged_in`. */
  action: string;
  /** The id of what it was done to. */
  subject: string | null;
  /** The network address that it came from. */
  address: string | null;
  details: Record<string, unknown> | null;
}

export interface AuditFilter {
  actorId?: string | undefined;
  action?: string | undefined;
}

export const AUDIT_PAGE = 50;

/** A page of the events, newest first; `before` is the last one of the page before it. */
export function auditEvents({ actorId, action }: AuditFilter, before?: string): Promise<AuditEvent[]> {
  const query = new URLSearchParams({ limit: String(AUDIT_PAGE) });
  if (actorId) query.set("actor_id", actorId);
  if (action) query.set("action", action);
  if (before) query.set("before", before);
  return get<AuditEvent[]>(`/audit?${query}`);
}
