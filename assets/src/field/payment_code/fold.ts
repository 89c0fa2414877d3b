/** Vietnamese text without its marks, as the server folds it (tests/data/fold_vectors.csv holds both together). */

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const BY_HAND: Record<string, string> = { đ: "d", ð: "d", ɖ: "d", Đ: "D", Ð: "D", Ɖ: "D", "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-" };

/** NFC, spaces of every kind collapsed, without characters that nobody can see. */
export function nfcClean(text: string): string {
  const spaced = text.normalize("NFC").replace(/\p{White_Space}+/gu, " ");
  const seen = spaced.replace(/\p{Cc}/gu, "").replace(INVISIBLE, "");
  return seen.replace(/ +/gu, " ").replace(/^ | $/gu, "");
}

/** Marks dropped, case kept. */
export function foldAscii(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đðɖĐÐƉ‘’“”–—]/gu, (letter) => BY_HAND[letter] ?? letter);
}

/** The key under which a name is searched and compared. */
export const nameFold = (text: string): string => foldAscii(nfcClean(text)).toLowerCase();

/** A name as banks print it. */
export const bankCapitals = (text: string): string => foldAscii(nfcClean(text)).toUpperCase();
