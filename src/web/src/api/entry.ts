import { request } from "pytake-client";
import type { Role } from "./types";

/** The answer to what begins a session: a password, a code, a passkey, an invitation. */
export interface Entry {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  user: { id: string };
}

export type SecondFactor = "totp" | "recovery_code" | "passkey";

/** A password was right, and a second factor is asked for. */
export interface SecondFactorNeeded {
  mfa_required: true;
  mfa_token: string;
  methods: SecondFactor[];
}

export interface Invitation {
  email: string;
  full_name: string;
  role: Role;
  organization_name: string;
  /** A name; null where nobody of the organization has invited, as for its first administrator. */
  invited_by: string | null;
}

/** What the browser's authenticator is asked for, and the state that the server wants to have back. */
export interface PasskeyRequest<Options> {
  state: string;
  public_key: Options;
}

/** Requests of people who are not logged in. They reject with a RestError, or with what `fetch` rejects with. */
export const entry = {
  logIn: (email: string, password: string) => post<Entry | SecondFactorNeeded>("/login", { email, password }),
  /** A code of an authenticator app, or a recovery code. */
  confirm: (mfaToken: string, code: string) => post<Entry>("/mfa", { mfa_token: mfaToken, code }),
  /** For a passkey alone, or, with the token, as the second factor. */
  passkeyOptions: (mfaToken?: string) =>
    post<PasskeyRequest<PublicKeyCredentialRequestOptionsJSON>>("/passkey/options", { mfa_token: mfaToken }),
  passkey: (state: string, credential: PublicKeyCredentialJSON) => post<Entry>("/passkey", { state, credential }),
  forgot: (email: string) => post<void>("/forgot", { email }),
  reset: (token: string, newPassword: string) => post<void>("/reset", { token, new_password: newPassword }),
  invitation: (token: string) => post<Invitation>("/invitation", { token }),
  accept: (token: string, fullName: string, password: string) =>
    post<Entry>("/accept-invitation", { token, full_name: fullName, password }),
};

async function post<T>(path: string, body: object): Promise<T> {
  const answer = await request<T>((...call) => globalThis.fetch(...call), `/api/v1/auth${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.body;
}
