/** Today's work: what is wrong first, what is due, and every stall of one's rows as a map or a list. */
import { dayOf, now } from "../clock";
import { h, glyph, icon, type Child } from "../dom";
import { hindrances } from "../environment";
import { draw } from "../frame";
import { called, lookOf, statusOf } from "../looks";
import { chooseRows, today, type Today } from "../market";
import type { Stall } from "../model";
import { mine, rowOf, state } from "../state";
import { t, type Key } from "../words";

const NEEDS: [keyof Today, Key][] = [["due", "need_due"], ["unposted", "need_unposted"], ["to_check", "need_check"], ["to_visit", "need_visit"]];
/** More lines than a thumb scrolls past are drawn only when asked for. */
const MOST_LINES = 60;
/** Of a search, which is drawn anew with every letter: what stands above the keyboard; the others when the typing rests. */
const FOUND_AT_ONCE = 4;
const MOST_FOUND = 16;
const RESTS_MS = 500;
/** Stalls of the map that are drawn at a time: two screens of a phone, so that a large market does not keep anybody waiting. */
const CELLS_AT_ONCE = 60;

export function todayScreen(need?: string): void {
  const stalls = mine();
  const todo = today(stalls, now());
  const chosen = NEEDS.find(([name]) => name === need)?.[0];
  const results = h("div", { class: "found", "aria-live": "polite" });
  const rest = h("div", { class: "stack" }, chosen ? lines(todo[chosen]) : whole(stalls));
  const find = searchField(results, rest);
  draw({
    title: state.market.rules.name,
    tab: "stalls",
    main: [
      h("section", { class: "stack-2" },
        h("h2", null, todayWords()),
        hindrances().map((one) => h("div", { class: "note" }, glyph("hen"), h("div", null, t(`finding_${one}`)))),
        todo.unsafe.map((stall) => h("a", { class: "alarm", href: `#/stall/${stall.stall_id}` }, glyph("lech"),
          h("span", null, h("b", null, `${stall.code} ${lookOf(stall).label}`), h("small", null, stall.frozen ? t("alarm_frozen") : t("alarm_mismatch"))), icon("next"))),
        h("nav", { class: "todo", "aria-label": t("to_do") }, NEEDS.map(([name, key]) =>
          h("a", { href: name === chosen ? "#/" : `#/need/${name}`, "aria-current": name === chosen ? "true" : null }, h("b", null, todo[name].length), t(key)))),
        state.draft ? h("a", { class: "btn wide", href: `#/check/${state.draft.stall_id}` }, t("go_on_with", { code: state.market.get(state.draft.stall_id)?.code ?? "" })) : null),
      h("label", { class: "find" }, icon("search"), find),
      results,
      rest,
    ],
  });
}

function todayWords(): string {
  const day = dayOf(now());
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return t("today_title", { weekday: t(`weekday_${weekday}` as Key), day: `${Number(day.slice(8))}/${Number(day.slice(5, 7))}` });
}

/** What is typed is looked for letter by letter, and `results` stands in place of the `rest`. */
function searchField(results: HTMLElement, rest: HTMLElement): HTMLInputElement {
  const count = h("p", { class: "hint" });
  let resting = 0;
  let [shown, of] = [[] as readonly Stall[], 0];
  const list = (stalls: readonly Stall[], most: number): void => {
    [shown, of] = [stalls.slice(0, most), stalls.length];
    results.replaceChildren(h("section", { class: "stack-2" }, count, of === 0 ? h("p", null, t("found_none")) : lines(stalls, most)));
  };
  const look = (): void => {
    clearTimeout(resting);
    const text = field.value.trim();
    if (text === "") {
      [shown, of] = [[], 0];
      results.replaceChildren();
      results.classList.remove("over");
      rest.hidden = false;
      return;
    }
    const stalls = state.market.search(text);
    count.textContent = t("found", { n: stalls.length });
    // Another letter often finds the same ones first: they stay as they stand.
    const isSame = shown.length > 0 && shown.length >= Math.min(stalls.length, FOUND_AT_ONCE) && shown.every((stall, at) => stall === stalls[at]);
    if (!isSame) list(stalls, FOUND_AT_ONCE);
    // To take the map away, or to move it down, costs a slow phone more than to draw what was found over it.
    results.classList.toggle("over", !rest.hidden);
    resting = window.setTimeout(() => {
      rest.hidden = true;
      results.classList.remove("over");
      if (stalls.length !== of || shown.length < Math.min(of, MOST_FOUND)) list(stalls, MOST_FOUND);
    }, RESTS_MS);
  };
  const field = h("input", {
    type: "search", placeholder: t("find"), "aria-label": t("find_label"), autocomplete: "off", enterkeyhint: "search",
    oninput: look,
    // The first search is the slowest: it is done once before anybody has typed.
    onfocus: () => void setTimeout(() => state.market.search("a")),
  });
  return field;
}

/** Rows as a map, or the same as lines. */
function whole(stalls: readonly Stall[]): Child {
  if (stalls.length === 0) {
    return h("div", { class: "empty" }, h("p", null, h("b", { class: "ink" }, t("no_stalls"))), h("p", null, t("no_stalls_help")));
  }
  const press = (view: "map" | "list") => () => {
    state.view = view;
    todayScreen();
  };
  const tool = (view: "map" | "list", label: string): HTMLElement => h("button", { class: "btn", type: "button", "aria-pressed": String(state.view === view), onclick: press(view) }, label);
  return [h("div", { class: "switch" }, tool("map", t("as_map")), tool("list", t("as_list")), h("a", { class: "btn", href: "#/rows" }, t("my_rows"))), state.view === "map" ? maps(stalls) : lines(stalls)];
}

function byRow(stalls: readonly Stall[]): Map<string, Stall[]> {
  const rows = new Map<string, Stall[]>();
  for (const stall of stalls) {
    const row = rows.get(rowOf(stall));
    if (row) row.push(stall);
    else rows.set(rowOf(stall), [stall]);
  }
  return rows;
}

/** The first rows at once, the others in turns: between two of them a tap or a letter is heard. */
function maps(stalls: readonly Stall[]): HTMLElement {
  const rows = [...byRow(stalls)];
  const place = h("div", { class: "stack" });
  const next = (at: number): void => {
    let [until, cells] = [at, 0];
    for (; until < rows.length && cells < CELLS_AT_ONCE; until += 1) cells += rows[until]![1].length;
    place.append(...rows.slice(at, until).map(mapRow));
    // Whoever has left this screen needs no more of it.
    place.ariaBusy = String(until < rows.length);
    if (until < rows.length) setTimeout(() => place.isConnected && next(until));
  };
  next(0);
  return place;
}

function mapRow([name, row]: [string, Stall[]]): HTMLElement {
  const trading = row.filter((stall) => stall.occupancy === "trading");
  const withCode = trading.filter((stall) => stall.codes.some((code) => code.status === "active")).length;
  const goods = row.find((stall) => stall.goods)?.goods;
  return h("section", { class: "stack-2 map-row" },
    h("div", { class: "head2" }, h("h2", null, goods ? `${name} · ${goods}` : name), h("span", { class: "hint num" }, t("with_code", { n: withCode, all: trading.length }))),
    h("div", { class: "grid5" }, row.map(cell)));
}

function cell(stall: Stall): HTMLElement {
  const look = lookOf(stall);
  const waits = state.pending.has(stall.stall_id);
  const label = [stall.code, stall.vendor ?? "", look.label, waits ? t("waits_here") : ""].filter((part) => part !== "").join(", ");
  return h("a", { class: waits ? `${look.glyph} here` : look.glyph, href: `#/stall/${stall.stall_id}`, "aria-label": label }, glyph(look.glyph), h("span", null, stall.number || stall.code));
}

export function lines(stalls: readonly Stall[], most = MOST_LINES): HTMLElement {
  const list = h("div", { class: "lines" });
  const more = (from: number, until: number): void => {
    list.append(...stalls.slice(from, until).map(line));
    if (stalls.length > until) {
      const button = h("button", { class: "btn wide", type: "button", onclick: () => {
        button.remove();
        more(until, until + MOST_LINES);
      } }, t("more", { n: stalls.length - until }));
      list.append(button);
    }
  };
  more(0, most);
  if (stalls.length === 0) list.append(h("p", { class: "soft" }, t("nothing_here")));
  return list;
}

function line(stall: Stall): HTMLElement {
  const look = lookOf(stall);
  const waits = state.pending.has(stall.stall_id);
  return h("a", { class: waits ? "here" : null, href: `#/stall/${stall.stall_id}` }, h("span", { class: "k" }, stall.code),
    h("span", null, stall.vendor === null ? h("span", { class: "soft" }, t("nobody")) : called(stall), h("small", null, [statusOf(stall), waits ? t("waits_here") : ""].filter((part) => part !== "").join(" · "))),
    h("span", { class: `st ${look.glyph}` }, glyph(look.glyph)));
}

/** Which rows a volunteer walks: the rest of the market stays a search away. */
export function rowsScreen(): void {
  const all = [...byRow(state.market.stalls)];
  const box = ([name, row]: [string, Stall[]]): HTMLElement => h("label", { class: "tick" },
    h("input", { type: "checkbox", value: name, checked: state.rows.includes(name), onchange: () => {
      const chosen = [...document.querySelectorAll<HTMLInputElement>(".rows-l input:checked")].map((input) => input.value);
      state.rows = chosen;
      void chooseRows(state.market.rules.market_id, chosen);
    } }), h("span", null, h("b", null, name), h("br", null), h("span", { class: "hint" }, t("stalls_n", { n: row.length }))));
  draw({
    title: t("my_rows"), back: "#/", tab: "stalls",
    main: [h("p", null, t("my_rows_help")), h("fieldset", { class: "consent rows-l" }, h("legend", { class: "sr" }, t("my_rows")), all.map(box)), h("a", { class: "btn go wide", href: "#/" }, t("done"))],
  });
}
