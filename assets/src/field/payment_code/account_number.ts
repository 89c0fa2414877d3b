/** The number of an account or a card, as tag 38.01.01 holds it: 1 to 19 letters and digits; spaces, dots and dashes are dropped. */
export function readAccountNumber(text: string): string | null {
  if (/^[A-Za-z0-9]{1,19}$/u.test(text)) return text;
  const number = text.trim().replace(/[ \-.\u00a0]/gu, "");
  return /^[A-Za-z0-9]{1,19}$/u.test(number) ? number : null;
}
