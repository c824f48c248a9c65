/** How many digits a code of an authenticator app has. */
export const CODE_LENGTH = 6;

/** The digits of what was typed or pasted: apps show a code as "123 456". */
export function codeOf(text: string): string {
  return text.replace(/\D/g, "");
}
