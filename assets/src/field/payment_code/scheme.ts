/** Whose code it is: the word, and the identifiers by which a template is known. */
export type Scheme =
  | "vietqr" | "vnpay" | "momo" | "zalopay" | "viettelmoney" | "vnptmoney" | "shopeepay" | "pix" | "promptpay" | "khqr"
  | "qris" | "duitnow" | "sgqr" | "qrph" | "laoqr" | "fps" | "jpqr" | "unionpay" | "emv";

export const isVietQrFrame = (scheme: Scheme): boolean =>
  scheme === "vietqr" || scheme === "momo" || scheme === "zalopay" || scheme === "viettelmoney" || scheme === "vnptmoney";

/** By the account of tag 38: wallets keep theirs at a bank under a prefix of their own. */
export function schemeOfAccount(bin: string, account: string, reference: string): Scheme {
  const begins = (own: string): boolean => account.slice(0, own.length).toUpperCase() === own;
  const isMomo = (own: string): boolean => begins(own) || reference.startsWith("MOMO");
  if (bin === "971025") return "momo";
  if (bin === "971005") return "viettelmoney";
  if (bin === "971011") return "vnptmoney";
  if (bin === "970454" && begins("99ZP")) return "zalopay";
  if ((bin === "970454" && isMomo("99MM")) || (bin === "970426" && isMomo("MOMO"))) return "momo";
  return "vietqr";
}

const TEMPLATES: [RegExp, Scheme][] = [
  [/^a000000775|^908405$/u, "vnpay"], [/zalopay/u, "zalopay"], [/airpay|shopeepay/u, "shopeepay"], [/br\.gov\.bcb\./u, "pix"],
  [/^a00000067701011/u, "promptpay"], [/co\.id\.|id\.co\./u, "qris"], [/^a0000006150001/u, "duitnow"], [/^sg\./u, "sgqr"],
  [/^ph\.ppmi|^com\.p2pqrpay/u, "qrph"], [/^a005266284662577/u, "laoqr"], [/hk\.com\.hkicl/u, "fps"], [/^jp\./u, "jpqr"],
  [/bakong|khqr/u, "khqr"], [/^a000000333/u, "unionpay"],
];

/** By the identifier of a template; `null` for one we do not know. */
export function schemeOfTemplate(tag: number, guid: string): Scheme | null {
  if (new TextEncoder().encode(guid).length > 32) return null;
  const lower = guid.replace(/[A-Z]/gu, (letter) => letter.toLowerCase());
  if (tag === 26 && lower === "00") return "vnpay";
  return TEMPLATES.find(([sign]) => sign.test(lower))?.[1] ?? null;
}
