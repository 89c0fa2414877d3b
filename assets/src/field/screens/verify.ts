/** A scan of what hangs at a stall: the whole screen says the answer. An unknown code asks before it accuses. */
import { now, rfc3339 } from "../clock";
import { h, glyph, icon, type Child } from "../dom";
import { draw, go, toast } from "../frame";
import { called, you } from "../looks";
import type { OfflineVerdict, Stall } from "../model";
import { queue, records } from "../outbox";
import { bankCapitals } from "../payment_code/fold";
import { decode } from "../payment_code/read";
import { smallPhoto } from "../scanner";
import { mine, state } from "../state";
import { stallsOf, verify } from "../verify";
import { t } from "../words";
import { took } from "./enrol";
import { scanScreen } from "./scan";
import { lines } from "./today";

/** With a stall, what hangs there; without one, whose code it is. */
export function verifyScreen(id: string | null): void {
  const stall = id === null ? undefined : state.market.get(id);
  if (id !== null && !stall) return go("#/");
  scanScreen({
    title: stall ? t("verify_title", { code: stall.code }) : t("verify_any"), back: stall ? `#/stall/${stall.stall_id}` : "#/",
    lead: t("verify_lead"),
    found: (text) => {
      if (/^https?:\/\//iu.test(text)) toast(t("scan_big_code"));
      else void (stall ? judge(stall, text) : find(text));
    },
  });
}

/** Marks lead to the stalls it may be; more than one, or none, asks the person. */
async function find(payload: string): Promise<void> {
  const candidates = await stallsOf(state.market, payload);
  if (candidates.length === 1) return judge(candidates[0]!, payload);
  const input = h("input", { type: "search", "aria-label": t("find_label"), placeholder: t("find"), autocomplete: "off", oninput: () => list(state.market.search(input.value)) });
  const place = h("div", { class: "lines" });
  const list = (stalls: readonly Stall[]): void => {
    const drawn = lines(stalls.slice(0, 30));
    drawn.querySelectorAll<HTMLAnchorElement>("a[href^='#/stall/']").forEach((link) => link.addEventListener("click", (event) => {
      event.preventDefault();
      const stall = state.market.get(link.getAttribute("href")!.slice("#/stall/".length));
      if (stall) void judge(stall, payload);
    }));
    place.replaceChildren(drawn);
  };
  draw({ title: t("verify_where"), back: "#/scan", main: [h("p", null, candidates.length === 0 ? t("verify_where_none") : t("verify_where_many")), h("label", { class: "find" }, icon("search"), input), place] });
  list(candidates);
}

async function judge(stall: Stall, payload: string): Promise<void> {
  const verdict = await verify(state.market, stall, payload, await records());
  if (verdict === "foreign") return ask(stall, payload);
  await keep(stall, payload, null);
  show(stall, verdict, payload);
}

/** A vendor may show any of several banks' codes: an unknown one is asked about first. */
function ask(stall: Stall, payload: string): void {
  const side = scanned(payload);
  draw({
    title: t("is_it_yours", { you: you(stall.address) }), bare: "full", solid: "ask",
    main: [
      h("div", { class: "row between" }, h("span", null, `${stall.code} · ${called(stall)}`), h("a", { class: "ico", href: `#/stall/${stall.stall_id}`, "aria-label": t("close") }, icon("close"))),
      h("h1", null, t("is_it_yours", { you: you(stall.address) })),
      h("p", { class: "say" }, t("is_it_yours_help")),
      h("dl", null, h("div", null, h("dt", null, t("side_scanned")), side)),
      h("div", { class: "end" }, h("button", { class: "btn wide big", type: "button", onclick: () => took(stall, payload, "camera") }, t("yes_mine")),
        h("button", { class: "btn stop wide big", type: "button", onclick: () => void keep(stall, payload, null).then(() => show(stall, "foreign", payload)) }, t("not_mine"))),
    ],
  });
}

async function keep(stall: Stall, scanned_payload: string, photo: Blob | null): Promise<void> {
  const body = { stall_id: stall.stall_id, scanned_payload, checked_at: rfc3339(now()) };
  await queue({ kind: "sticker_check", market: state.market, stall, body, photo });
}

function scanned(payload: string): Child {
  const code = decode(payload.trim(), "lenient");
  if (!code.ok) return null;
  return [h("dd", null, code.merchant_name ?? t("nameless")), h("dd", null, `${code.bin ? state.market.bankName(code.bin) : t("wallet")} ${code.account ? `…${code.account.slice(-4)}` : ""}`)];
}

const LOOKS: Record<OfflineVerdict, ["ok" | "bad" | "warn", string]> = { match: ["ok", "dung"], own_code: ["ok", "dung"], superseded: ["warn", "hen"], unreadable: ["warn", "hen"], foreign: ["bad", "lech"] };

function show(stall: Stall, verdict: OfflineVerdict, payload: string): void {
  const [solid, name] = LOOKS[verdict];
  const active = stall.codes.find((code) => code.status === "active" && code.primary) ?? stall.codes.find((code) => code.status === "active");
  const stalls = mine();
  const next = stalls.slice(stalls.findIndex(({ stall_id }) => stall_id === stall.stall_id) + 1).find((one) => one.occupancy === "trading");
  const { contact_name: contact, contact_phone: phone } = state.market.rules;
  const who = { you: you(stall.address), You: called(stall) };
  draw({
    title: t(`verdict_${verdict}`), bare: "full", solid,
    main: [
      h("div", { class: "row between" }, h("span", null, `${stall.code} · ${called(stall)}`), h("a", { class: "ico", href: `#/stall/${stall.stall_id}`, "aria-label": t("close") }, icon("close"))),
      mega(name),
      h("h1", null, t(`verdict_${verdict}`)),
      h("p", { class: "say", role: "alert" }, t(`verdict_${verdict}_do`, who)),
      active || verdict === "foreign" ? h("dl", null,
        active ? h("div", null, h("dt", null, t("side_registered", who)), h("dd", null, bankCapitals(active.holder ?? stall.vendor ?? "")), h("dd", null, `${state.market.bankName(active.bin)} …${active.last4}`)) : null,
        verdict === "foreign" || verdict === "superseded" ? h("div", null, h("dt", null, t("side_scanned")), scanned(payload)) : null) : null,
      h("div", { class: "end" },
        verdict === "foreign" ? evidence(stall, payload) : null,
        verdict === "foreign" && phone ? h("a", { class: "btn ghost wide", href: `tel:${phone}` }, icon("phone"), ` ${t("call", { who: contact ?? phone })}`) : null,
        verdict === "unreadable" ? h("a", { class: "btn wide big", href: `#/verify/${stall.stall_id}`, onclick: () => verifyScreen(stall.stall_id) }, t("scan_once_more")) : null,
        h("a", { class: verdict === "foreign" ? "btn ghost wide" : "btn wide big", href: next ? `#/stall/${next.stall_id}` : "#/" }, next ? t("done_next", { code: next.code }) : t("done")),
        h("p", { class: "small" }, t("state_saved"))),
    ],
  });
}

function mega(name: string): SVGSVGElement {
  const svg = glyph(name);
  svg.classList.add("mega");
  return svg;
}

/** A photo as evidence goes with a scan of its own: what was scanned before is on its way already. */
function evidence(stall: Stall, payload: string): HTMLElement {
  const words = document.createTextNode(` ${t("evidence")}`);
  const file = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": t("evidence"), onchange: () => {
    const first = file.files?.[0];
    if (!first) return;
    void smallPhoto(first).then(async (photo) => {
      if (photo) await keep(stall, payload, photo);
      words.textContent = ` ${photo ? t("photo_saved") : t("photo_unreadable")}`;
    });
  } });
  return h("label", { class: "btn wide big" }, icon("camera"), words, file);
}
