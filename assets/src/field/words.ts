/** The words of the reader's language: one chunk a language, fetched before the first screen. */
import type vi from "../../locales/vi/field.json";

export type Key = keyof typeof vi;
type Nouns = Record<"progress" | "safety" | "outcome" | "reason" | "verdict" | "address" | "review_reason", Record<string, string>>;
export interface Words { field: Record<Key, string>; nouns: Nouns }

let words: Words | null = null;
let chosen: "vi" | "en" = "vi";

export const lang = (): "vi" | "en" => chosen;

export function wanted(): "vi" | "en" {
  const cookie = /(?:^|; )lang=(vi|en)/u.exec(document.cookie)?.[1];
  return cookie === "en" || (cookie === undefined && navigator.language.startsWith("en")) ? "en" : "vi";
}

export async function loadWords(language = wanted()): Promise<void> {
  // Without a network the other language may not be here yet.
  const english = language === "en" ? await import("./words_en").catch(() => null) : null;
  const loaded = english ?? (await import("./words_vi"));
  [words, chosen] = [loaded.words, english ? "en" : "vi"];
  document.documentElement.lang = chosen;
}

/** Keeps the choice for a year, for the server's pages too. */
export function chooseLanguage(language: "vi" | "en"): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `lang=${language}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = words?.field[key] ?? key;
  return text.replace(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}

/** The word of a value that the API knows, as `posted`. */
export const word = (noun: keyof Nouns, value: string): string => words?.nouns[noun][value] ?? value;
