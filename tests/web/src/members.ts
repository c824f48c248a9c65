import { randomInt } from "node:crypto";
import { ADMIN, Api, register, type Account } from "./cluster.js";

export interface Member extends Account {
  id: string;
}

export const PASSWORD = "Uma senha bem comprida 7";

/** Somebody of the demo organization, made for one test. */
export async function newMember(name: string, role: "org_admin" | "agent" | "viewer" = "agent"): Promise<Member> {
  const email = newEmail(name);
  const { id } = await (await Api.as(ADMIN)).post<{ id: string }>("/users", { email, full_name: name, role, password: PASSWORD });
  return { id, email, name, password: PASSWORD };
}

/** Somebody whom nobody has invited yet. */
export function newEmail(name: string): string {
  return `${name.toLowerCase().replace(/\W+/g, ".")}.${randomInt(1_000_000, 9_999_999)}@example.com`;
}

/** The administrator of an organization of their own. */
export async function newOrganization(name: string): Promise<Account> {
  const account = { email: newEmail(name), password: PASSWORD, name };
  await register(account, `${name} Ltda`);
  return account;
}
