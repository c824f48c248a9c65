/** A phone number in international form, like +55 11 98888-7777; anything that is not a phone number stays as it is. */
export function readableNumber(number: string): string {
  const brazilian = /^\+?55(\d{2})(\d{4,5})(\d{4})$/.exec(number);
  if (brazilian) return `+55 ${brazilian[1]} ${brazilian[2]}-${brazilian[3]}`;
  return /^\d{6,}$/.test(number) ? `+${number}` : number;
}
