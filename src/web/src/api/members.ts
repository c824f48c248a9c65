import { call, get } from "./api";
import type { PasskeyRequest } from "./entry";
import type { Role, User } from "./types";

/** Where a user is logged in. */
export interface UserSession {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address?: string | null;
  user_agent?: string | null;
  /** The one that asks. */
  current: boolean;
}

export interface Passkey {
  id: string;
  name: string;
  created_at: string;
  last_used_at?: string | null;
}

/** What a user confirms logins with, besides the password. */
export interface SecondFactors {
  /** The organization or the role demands one. */
  required: boolean;
  totp: boolean;
  passkeys: Passkey[];
  recovery_codes_left: number;
  /** Whether the installation has an address that passkeys can belong to. */
  passkeys_possible: boolean;
}

/** Codes that are shown once. */
export interface RecoveryCodes {
  /** Null where the user has some already. */
  recovery_codes: string[] | null;
}

/** What a user does with their own account; the current password confirms what is worth stealing a session for. */
export const own = {
  change: (change: { full_name: string }) => call<User>("PUT", "/users/me", change),
  changePassword: (currentPassword: string, newPassword: string) =>
    call<void>("PUT", "/users/me/password", { current_password: currentPassword, new_password: newPassword }),
  sessions: () => get<UserSession[]>("/users/me/sessions"),
  endSession: (id: string) => call<void>("DELETE", `/users/me/sessions/${id}`),
  endOtherSessions: () => call<void>("DELETE", "/users/me/sessions"),
  factors: () => get<SecondFactors>("/users/me/mfa"),
  beginTotp: (currentPassword: string) =>
    call<{ secret: string; uri: string }>("POST", "/users/me/mfa/totp", { current_password: currentPassword }),
  confirmTotp: (code: string) => call<RecoveryCodes>("POST", "/users/me/mfa/totp/confirm", { code }),
  removeTotp: (currentPassword: string) => call<void>("DELETE", "/users/me/mfa/totp", { current_password: currentPassword }),
  renewRecoveryCodes: (currentPassword: string) =>
    call<RecoveryCodes>("POST", "/users/me/mfa/recovery-codes", { current_password: currentPassword }),
  passkeyOptions: (currentPassword: string) =>
    call<PasskeyRequest<PublicKeyCredentialCreationOptionsJSON>>("POST", "/users/me/mfa/passkeys/options", {
      current_password: currentPassword,
    }),
  addPasskey: (state: string, name: string, credential: PublicKeyCredentialJSON) =>
    call<RecoveryCodes & { passkey: Passkey }>("POST", "/users/me/mfa/passkeys", { state, name, credential }),
  removePasskey: (id: string, currentPassword: string) =>
    call<void>("DELETE", `/users/me/mfa/passkeys/${id}`, { current_password: currentPassword }),
};

/** A link for one person, which the server shows once. */
export interface PersonalLink {
  url: string;
  expiresAt: string;
  /** Whether it was sent to the person by e-mail as well. */
  mailed: boolean;
}

interface InvitationLink {
  invitation_url: string;
  invitation_expires_at: string;
  mailed: boolean;
}

interface ResetLink {
  reset_url: string;
  reset_expires_at: string;
  mailed: boolean;
}

/** What administrators do with the members of their organization. */
export const members = {
  list: () => get<User[]>("/users"),
  invite: async (person: { email: string; full_name: string; role: Role }) =>
    ofInvitation(await call<InvitationLink>("POST", "/users", person)),
  inviteAgain: async (id: string) => ofInvitation(await call<InvitationLink>("POST", `/users/${id}/invitation`)),
  resetPassword: async (id: string): Promise<PersonalLink> => {
    const { reset_url, reset_expires_at, mailed } = await call<ResetLink>("POST", `/users/${id}/password-reset`);
    return { url: reset_url, expiresAt: reset_expires_at, mailed };
  },
  change: (id: string, change: { full_name?: string; role?: Role; is_active?: boolean }) => call<User>("PUT", `/users/${id}`, change),
  endSessions: (id: string) => call<void>("DELETE", `/users/${id}/sessions`),
  removeSecondFactors: (id: string) => call<void>("DELETE", `/users/${id}/mfa`),
};

export interface Organization {
  id: string;
  name: string;
  /** Whether every member must have a second factor. */
  mfa_required: boolean;
}

export const organization = {
  get: () => get<Organization>("/organization"),
  change: (change: { name?: string; mfa_required?: boolean }) => call<Organization>("PUT", "/organization", change),
};

function ofInvitation({ invitation_url, invitation_expires_at, mailed }: InvitationLink): PersonalLink {
  return { url: invitation_url, expiresAt: invitation_expires_at, mailed };
}
