/** After "Xong": the code over the whole screen, and where its record is. */
import { now, rfc3339 } from "../clock";
import { h, glyph, icon, type Child } from "../dom";
import { draw, go, toast } from "../frame";
import { calledShort } from "../looks";
import type { OutboxRecord } from "../model";
import { fetchCode, onOutbox, queue, records } from "../outbox";
import { bankCapitals } from "../payment_code/fold";
import { mine, state, type FreshCode } from "../state";
import { t, word } from "../words";

export async function codeScreen(id: string): Promise<void> {
  const here = location.hash;
  const record = (await records()).find((one) => one.id === id);
  if (location.hash !== here) return;
  const stall = record && state.market.get(record.stall_id);
  if (!record || !stall) return go("#/");
  const fresh: FreshCode = state.fresh?.record.id === id ? state.fresh : { record, stall, payee: record.vendor, bank: "", last4: "", payload: null, reasons: [] };
  const trail = h("div", { class: "trail", role: "status" });
  const box = h("div", null);
  const paint = async (): Promise<void> => {
    const latest = (await records()).find((one) => one.id === id) ?? record;
    trail.replaceChildren(...trailOf(latest));
    await paintCode(box, fresh, latest);
  };
  const stop = onOutbox(() => void paint());
  const stalls = mine();
  const next = stalls.slice(stalls.findIndex(({ stall_id }) => stall_id === stall.stall_id) + 1).find((one) => one.occupancy === "trading" && one.codes.length === 0);
  draw({
    title: t("code_title", { code: stall.code }), bare: "show",
    main: [
      h("header", null, h("a", { class: "ico", href: `#/stall/${stall.stall_id}`, "aria-label": t("close") }, icon("close")), h("h1", null, `${stall.code} · ${calledShort(fresh.payee, "unknown")}`), h("span", null)),
      box,
      trail,
      fresh.payload === null ? null : transfer(fresh),
      h("a", { class: "btn go wide big", href: next ? `#/stall/${next.stall_id}` : "#/" }, next ? t("next_stall", { code: next.code }) : t("back_to_stalls")),
    ],
    leave: stop,
  });
  await paint();
}

function trailOf(record: OutboxRecord): Node[] {
  const got = record.state === "received" || record.state === "corrected";
  const here = h("span", { class: "done" }, glyph("dan"), t("state_saved"));
  const there = record.state === "saved" ? h("span", null, glyph("chua"), t("waits_server"))
    : got ? h("span", { class: "done" }, glyph("dan"), record.receipt ? t("received_as", { receipt: record.receipt }) : t("state_received"))
    : h("span", null, glyph("hen"), t(`state_${record.state}`));
  return [here, h("hr", null), there];
}

/** The code while this screen is open; why there is none; or asked for again once the server has it. */
async function paintCode(box: HTMLElement, fresh: FreshCode, record: OutboxRecord): Promise<void> {
  const isReceived = record.state === "received" || record.state === "corrected";
  if (fresh.payload === null && fresh.reasons.length === 0 && isReceived && record.payment_code_id !== null && record.result === "code_issued") {
    const asked = await fetchCode(record.payment_code_id).catch(() => null);
    if (asked) Object.assign(fresh, { payload: asked.payload, payee: asked.payee, bank: asked.bank ?? "", last4: asked.masked.replace("…", "") });
  }
  // The server may see more than the phone: then the code it showed is not one.
  const waitsForSomebody = record.result === "in_review" || ["refused", "conflict", "quarantined"].includes(record.state);
  if (fresh.payload === null || waitsForSomebody) {
    box.replaceChildren(...second(fresh, waitsForSomebody, record));
    return;
  }
  if (box.querySelector(".code-box") === null) {
    const { drawCode } = await import("../../draw_code");
    const place = h("div", { class: "code-box" });
    place.append(drawCode(fresh.payload, t("code_of", { name: fresh.payee })));
    box.replaceChildren(h("p", { class: "bright" }, icon("sun"), ` ${t("bright")}`), place, h("p", { class: "who" }, bankCapitals(fresh.payee)), h("p", { class: "soft" }, `${fresh.bank} `, h("b", { class: "num ink" }, fresh.last4 === "" ? "" : `…${fresh.last4}`)), h("p", { class: "for-now" }));
  }
  const provisional = box.querySelector<HTMLElement>(".for-now");
  if (provisional) provisional.textContent = isReceived ? "" : t("provisional");
}

function second(fresh: FreshCode, isReceived: boolean, record: OutboxRecord): Node[] {
  const why = fresh.reasons.map((reason) => h("li", null, word("review_reason", reason)));
  const parts: (Node | null)[] = [
    h("p", { class: "mega-l" }, glyph("duyet")),
    h("p", { class: "who" }, isReceived || fresh.reasons.length > 0 ? t("second_person") : t("code_later")),
    why.length > 0 ? h("ul", { class: "hand checks" }, why) : null,
    record.problem ? h("p", null, record.problem) : null,
    h("p", { class: "hint hand" }, fresh.reasons.length > 0 || isReceived ? t("second_person_help") : t("code_later_help")),
  ];
  return parts.filter((part): part is Node => part !== null);
}

/** A small transfer, seen by vendor and volunteer together, is the best proof there is. */
function transfer(fresh: FreshCode): Child {
  const place = h("div", { class: "stack-2 hand" });
  const say = (seen: boolean): void => {
    const body = { enrolment_id: fresh.record.id, seen, at: rfc3339(now()) };
    void queue({ kind: "test_transfer", market: state.market, stall: fresh.stall, body }).then(
      () => place.replaceChildren(h("p", { role: "status" }, seen ? t("transfer_noted") : t("transfer_not_yet"))),
      () => toast(t("not_saved")),
    );
  };
  place.append(h("p", null, t("transfer_ask")), h("div", { class: "two" }, h("button", { class: "btn", type: "button", onclick: () => say(true) }, t("yes")), h("button", { class: "btn", type: "button", onclick: () => say(false) }, t("not_yet"))));
  return place;
}
