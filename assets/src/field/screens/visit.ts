/** What a visit came to: one tap where one is enough. */
import { dayOf, now, rfc3339 } from "../clock";
import { h, icon, type Child } from "../dom";
import { draw, go, toast } from "../frame";
import { shortDay } from "../looks";
import type { Outcome, Stall } from "../model";
import { queue } from "../outbox";
import { state } from "../state";
import { t, word } from "../words";

const DAY_MS = 86_400_000;
const REASONS = ["not_at_ease", "no_smartphone", "no_account", "no_network", "small_sales", "no_customers", "has_own_code", "fear_of_tax", "fear_of_fraud", "nobody_shows", "poor_trade", "other"];

export function visitScreen(id: string, kind: string): void {
  const stall = state.market.get(id);
  if (!stall) return go("#/");
  const back = `#/stall/${id}`;
  if (kind === "postponed") return draw({ title: t("postpone_title", { code: stall.code }), back, main: days(stall) });
  if (kind === "declined" || kind === "stopped") {
    const title = kind === "declined" ? t("decline_title", { code: stall.code }) : t("stopped_title", { code: stall.code });
    return draw({ title, back, main: [h("p", null, t("why")), h("div", { class: "chips" }, REASONS.map((reason) => act(word("reason", reason), () => save(stall, kind, { reason }))))] });
  }
  const hasCode = stall.codes.some((code) => code.status !== "ended");
  const outcomes: Outcome[] = hasCode ? ["in_use", "closed"] : ["agreed", "awaiting_account", "closed"];
  draw({
    title: t("other_title", { code: stall.code }), back,
    main: h("div", { class: "stack-2" }, outcomes.map((outcome) => act(word("outcome", outcome), () => save(stall, outcome, {}))), hasCode ? h("a", { class: "btn wide", href: `#/visit/${id}/stopped` }, word("outcome", "stopped")) : null),
  });
}

const act = (label: string, done: () => void): HTMLElement => h("button", { class: "btn wide", type: "button", onclick: done }, label);

function days(stall: Stall): Child {
  const day = (n: number): string => dayOf(now() + n * DAY_MS);
  const date = h("input", { class: "input", type: "date", id: "day", min: dayOf(now()), "aria-label": t("other_day") });
  const pick = (come_back_on: string): void => void save(stall, "postponed", { come_back_on });
  return [
    h("p", null, t("when")),
    h("div", { class: "days" }, [[1, t("tomorrow")], [3, t("in_days", { n: 3 })], [7, t("next_week")]].map(([n, label]) =>
      h("button", { class: "btn", type: "button", onclick: () => pick(day(Number(n))) }, label, h("small", null, shortDay(day(Number(n))))))),
    h("form", { class: "field", onsubmit: (event) => {
      event.preventDefault();
      if (date.value !== "") pick(date.value);
      else date.focus();
    } }, h("label", { for: "day" }, t("other_day")), date, h("button", { class: "btn wide" }, t("save_day"))),
    h("button", { class: "btn quiet wide", type: "button", onclick: () => void save(stall, "awaiting_account", {}) }, icon("wait"), ` ${word("outcome", "awaiting_account")}`),
  ];
}

async function save(stall: Stall, outcome: string, more: Record<string, string>): Promise<void> {
  await queue({ kind: "visit", market: state.market, stall, body: { stall_id: stall.stall_id, outcome, ...more, visited_at: rfc3339(now()) } });
  go(`#/stall/${stall.stall_id}`);
  toast(t("saved_here"));
}
