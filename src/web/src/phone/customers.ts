import { readableNumber } from "../i18n/phoneNumbers";
import type { Customer } from "./events";

const KEY = "pytake.phone.customers";

/** The customers of a new simulator. */
const EXAMPLES: Customer[] = [
  { wa_id: "5511987654321", user_id: null, name: "Ana Souza" },
  { wa_id: "5521976543210", user_id: null, name: "Bruno Lima" },
  { wa_id: "5531965432109", user_id: null, name: "Carla Mendes" },
];

/** The customers that this browser knows, including those who have not written yet. */
export function load(): Customer[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as Customer[];
    return kept.length > 0 ? kept : EXAMPLES;
  } catch {
    return EXAMPLES;
  }
}

export function save(customers: Customer[]): void {
  localStorage.setItem(KEY, JSON.stringify(customers.slice(-100)));
}

/** A number that was typed, in WhatsApp's form; undefined where it cannot be a number. */
export function waIdOf(typed: string): string | undefined {
  const digits = typed.replace(/[\s().+-]/g, "");
  return /^[0-9]{7,15}$/.test(digits) ? digits : undefined;
}

export const nameOf = ({ name, wa_id, user_id }: Customer): string => name || (wa_id ? readableNumber(wa_id) : (user_id ?? ""));
