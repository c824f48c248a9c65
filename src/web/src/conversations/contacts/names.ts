import type { Contact } from "pytake-client";
import { readableNumber } from "../../i18n/phoneNumbers";

/** A customer's name, or their phone number where the name is not known. */
export function nameOf({ name, phone_number, whatsapp_id }: Contact): string {
  return name || readableNumber(phone_number ?? whatsapp_id);
}
