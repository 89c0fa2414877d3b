/** One stall: who, how far, what to do now, what was said before. */
import { h, glyph, icon, type Child } from "../dom";
import { draw } from "../frame";
import { called, lookOf, moment, shortDay, statusOf } from "../looks";
import type { PackCode, Stall } from "../model";
import { unsent } from "../outbox";
import { mine, state } from "../state";
import { t, word } from "../words";
import { recordLine } from "./outbox";

export async function stallScreen(id: string): Promise<void> {
  const stall = state.market.get(id);
  if (!stall) return draw({ title: t("not_here"), back: "#/", tab: "stalls", main: h("p", null, t("not_here_help")) });
  const here = location.hash;
  const waiting = (await unsent()).filter((record) => record.stall_id === id);
  // Whoever has gone on meanwhile must not be brought back.
  if (location.hash !== here) return;
  const look = lookOf(stall);
  draw({
    title: stall.goods ? `${stall.code} · ${stall.goods}` : stall.code,
    back: "#/", tab: "stalls",
    main: [
      h("div", { class: "stack-2" }, h("p", { class: "name-l" }, called(stall)),
        h("p", null, h("span", { class: `st ${look.glyph} pill` }, glyph(look.glyph), statusOf(stall)), stall.unconfirmed ? h("span", { class: "hint" }, ` ${t("unconfirmed")}`) : null)),
      stall.safety === "mismatch" ? h("div", { class: "note bad" }, glyph("lech"), h("div", null, t("mismatch_todo"))) : null,
      waiting.length > 0 ? h("section", null, h("h2", null, t("on_phone")), h("ul", { class: "queue" }, waiting.map(recordLine))) : null,
      acts(stall),
      stall.codes.length > 0 ? h("section", null, h("h2", null, t("codes")), h("ul", { class: "codes-l" }, stall.codes.filter((code) => code.payload_hash !== "").map(codeLine))) : null,
      h("section", null, h("h2", { class: "gap-b" }, t("met")),
        stall.visits.length === 0 ? h("p", { class: "soft" }, t("met_none")) : h("ol", { class: "time" }, stall.visits.map((visit) =>
          h("li", null, glyph(GLYPHS[visit.outcome] ?? "chua"), h("time", null, moment(visit.at)),
            h("div", null, `${visit.by}: ${word("outcome", visit.outcome)}`, visit.reason ? `, ${word("reason", visit.reason).toLowerCase()}` : "", visit.come_back_on ? ` ${shortDay(visit.come_back_on)}` : ""))))),
      neighbours(stall),
    ],
  });
}

const GLYPHS: Record<string, string> = { agreed: "dan", postponed: "hen", awaiting_account: "hen", declined: "tuchoi", stopped: "tuchoi", in_use: "dung", closed: "trong" };

/** The likeliest first: a code to make, a sticker to post, a sticker to look at. */
function acts(stall: Stall): Child {
  const id = stall.stall_id;
  const hasCode = stall.codes.some((code) => code.status !== "ended");
  const enrol = h("a", { class: `btn wide${hasCode ? "" : " go big"}`, href: `#/enrol/${id}` }, icon("scan"), ` ${hasCode ? t("add_account") : t("scan_bank")}`);
  const check = h("a", { class: "btn go wide big", href: `#/verify/${id}` }, icon("scan"), ` ${stall.progress === "code_issued" ? t("post_scan") : t("check_scan")}`);
  return [
    hasCode ? check : enrol,
    h("div", { class: "four" },
      h("a", { class: "btn", href: `#/visit/${id}/postponed` }, icon("wait"), ` ${t("postpone")}`),
      h("a", { class: "btn", href: `#/visit/${id}/declined` }, icon("close"), ` ${t("decline")}`),
      h("a", { class: "btn", href: `#/visit/${id}/other` }, icon("file"), ` ${t("other_outcome")}`),
      hasCode ? h("a", { class: "btn", href: `#/enrol/${id}` }, icon("scan"), ` ${t("add_account")}`) : h("a", { class: "btn", href: `#/verify/${id}` }, icon("eye"), ` ${t("has_code")}`)),
  ];
}

function codeLine(code: PackCode): HTMLElement {
  const fate = { active: code.primary ? t("code_primary") : t("code_active"), frozen: t("code_frozen"), ended: t("code_ended") }[code.status];
  return h("li", null, h("b", null, state.market.bankName(code.bin) || t("wallet")), h("span", { class: "num" }, code.last4 === "" ? "" : `…${code.last4}`), h("span", { class: "hint" }, fate));
}

function neighbours(stall: Stall): Child {
  const stalls = mine();
  const at = stalls.findIndex(({ stall_id }) => stall_id === stall.stall_id);
  const link = (other: Stall | undefined, label: string, name: string): Child =>
    other ? h("a", { class: "btn", href: `#/stall/${other.stall_id}`, "aria-label": `${label} ${other.code}` }, name === "back" ? icon("back") : null, ` ${other.code} `, name === "next" ? icon("next") : null) : h("span", null);
  return at < 0 ? null : h("nav", { class: "two", "aria-label": t("neighbours") }, link(stalls[at - 1], t("previous_stall"), "back"), link(stalls[at + 1], t("next_stall_short"), "next"));
}
