/** The queue: two states that cannot be mixed up, and what to do about each record. */
import { dayOf, now } from "../clock";
import { h, glyph, icon } from "../dom";
import { draw } from "../frame";
import { timeOf } from "../looks";
import type { OutboxRecord } from "../model";
import { canRedo, exportUnsent, flush, isHereOnly, onOutbox, records, type OutboxState } from "../outbox";
import { t, word, type Key } from "../words";

export async function outboxScreen(): Promise<void> {
  const top = h("section", { class: "stack-2" });
  const open = h("ul", { class: "queue" });
  const sent = h("ul", { class: "queue" });
  const paint = async (told: OutboxState): Promise<void> => {
    const all = await records();
    const waiting = all.filter((record) => record.state === "saved" || isOpen(record));
    const today = all.filter((record) => ["received", "corrected", "dropped"].includes(record.state) && dayOf(record.received_at ?? record.saved_at) === dayOf(now()));
    top.replaceChildren(...head(told));
    open.replaceChildren(...waiting.map(recordLine));
    sent.replaceChildren(...(today.length === 0 ? [h("li", { class: "soft" }, t("sent_none"))] : today.map(recordLine)));
  };
  const stop = onOutbox((told) => void paint(told));
  draw({ title: t("tab_outbox"), tab: "outbox", main: [top, open, h("h2", null, t("sent_today")), sent], leave: stop });
}

const isOpen = (record: OutboxRecord): boolean => ["refused", "conflict", "quarantined"].includes(record.state);

function head(told: OutboxState): Node[] {
  const why = told.unsent > 0 && told.lastTrouble !== null ? h("div", { class: "note" }, glyph("hen"), h("div", null, t(`trouble_${told.lastTrouble}` as Key))) : null;
  const parts: (Node | null)[] = [
    h("p", { role: "status" }, told.unsent === 0 ? t("all_sent_long") : [h("b", null, t("unsent_long", { n: told.unsent })), ` ${t("unsent_safe")}`]),
    why,
    told.lastTrouble === "signed_out" ? h("a", { class: "btn go wide", href: "/sign-in?next=/dd/" }, t("sign_in")) : null,
    h("button", { class: "btn wide", type: "button", disabled: told.sending, onclick: () => void flush(true) }, icon("sync"), ` ${told.sending ? t("sending") : t("send_now")}`),
    told.unsent > 0 ? h("button", { class: "btn quiet wide", type: "button", onclick: () => void saveFile() }, icon("save"), ` ${t("export")}`) : null,
  ];
  return parts.filter((part): part is Node => part !== null);
}

export function recordLine(record: OutboxRecord): HTMLElement {
  const glyphs: Record<string, string> = { saved: "chua", received: "dan", corrected: "dan", dropped: "tuchoi" };
  const name = glyphs[record.state] ?? "hen";
  const isHere = isHereOnly(record);
  return h("li", null,
    h("b", null, record.vendor === "" ? record.stall_code : `${record.stall_code} · ${record.vendor}`),
    isOpen(record) && !isHere ? h("span", { class: "act" }, h("a", { class: "btn s", href: pageOf(record) }, record.state === "refused" ? t("mend") : t("look")))
      : canRedo(record) ? h("span", { class: "act" }, h("a", { class: "btn s", href: `#/enrol/${record.stall_id}` }, t("redo")))
      : record.kind === "enrolment" && record.state === "received" && record.result === "code_issued" ? h("span", { class: "act" }, h("a", { class: "btn s", href: `#/code/${record.id}` }, t("show_code"))) : null,
    h("span", { class: `st ${name}` }, glyph(name), t(`state_${record.state}`)),
    h("small", null, detail(record)));
}

const pageOf = (record: OutboxRecord): string => `/dd/records/${record.market_id}/rec_${record.id.replaceAll("-", "")}`;

function detail(record: OutboxRecord): string {
  const kind = t(`kind_${record.kind}`);
  if (record.state === "saved") return `${kind} · ${record.tries > 0 ? t("tried_n", { n: record.tries }) : t("sends_itself")}${record.has_photo ? ` · ${t("with_photo")}` : ""}`;
  if (isOpen(record)) return `${kind} · ${record.problem ?? t(`why_${record.state}` as Key)}`;
  const result = record.result === null ? "" : record.kind === "sticker_check" ? word("verdict", record.result) : word("progress", record.result);
  return [kind, record.receipt ?? "", result, record.received_at === null ? "" : timeOf(record.received_at)].filter((part) => part !== "").join(" · ");
}

/** A file for the lead, when the network never comes back. */
export async function saveFile(): Promise<void> {
  const address = URL.createObjectURL(await exportUnsent());
  const link = h("a", { href: address, download: `choqr-${dayOf(now())}.json` });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
