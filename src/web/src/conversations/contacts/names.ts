import type { Contact } from "pytake-client";
import { readableNumber } from "../../i18n/phoneNumbers";

/** A customer's name, or where they are reached where the name is not known; a dash for one who was erased. */
export function nameOf(contact: Contact): string {
  return contact.erased_at ? "—" : contact.name || addressOf(contact);
}

/** A customer's phone number, or their username where WhatsApp shows no number. */
export function addressOf({ phone_number, whatsapp_id, username }: Contact): string {
  if (phone_number) return readableNumber(phone_number);
  return username && !/^\d+$/.test(whatsapp_id) ? `@${username}` : readableNumber(whatsapp_id);
}
