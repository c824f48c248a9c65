import type { Contact } from "pytake-client";

/** What a customer is called: their name, or the number in a form that people read. */
export function nameOf({ name, phone_number, whatsapp_id }: Contact): string {
  return name || readableNumber(phone_number ?? whatsapp_id);
}

/** +55 11 98888-7777; a number of another country, and what is no number, stay as they are. */
export function readableNumber(number: string): string {
  const brazilian = /^\+?55(\d{2})(\d{4,5})(\d{4})$/.exec(number);
  if (brazilian) return `+55 ${brazilian[1]} ${brazilian[2]}-${brazilian[3]}`;
  return /^\d{6,}$/.test(number) ? `+${number}` : number;
}
