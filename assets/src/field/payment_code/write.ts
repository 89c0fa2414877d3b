/** Writing a static transfer code: to the letter what the server issues (NAPAS VietQR v1.0 §6). */
import { isKnownBin } from "./bins";
import { crc16, crcHex } from "./crc";
import { foldAscii, nfcClean } from "./fold";
import { schemeOfAccount } from "./scheme";
import { isCard } from "./template";

const field = (tag: string, value: string): string => tag + String(value.length).padStart(2, "0") + value;

/** The code of an account or card; `null` for what the server would not write. */
export function staticTransfer(bin: string, account: string, service: "QRIBFTTA" | "QRIBFTTC", purpose: string | null): string | null {
  if (!isKnownBin(bin) || !/^[A-Za-z0-9]{1,19}$/u.test(account) || schemeOfAccount(bin, account, "") === "momo") return null;
  if (service === "QRIBFTTC" && !isCard(bin, account)) return null;
  const said = purpose === null || purpose.trim() === "" ? "" : foldAscii(nfcClean(purpose));
  const isSaid = said !== "" && said.length <= 25 && /^[ -~]+$/u.test(said);
  const beneficiary = field("00", bin) + field("01", account);
  const template = field("00", "A000000727") + field("01", beneficiary) + field("02", service);
  const body = `000201010211${field("38", template)}53037045802VN${isSaid ? field("62", field("08", said)) : ""}6304`;
  return body + crcHex(crc16(new TextEncoder().encode(body)));
}
