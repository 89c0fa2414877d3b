/** What stands around every screen: the header with what is unsent, the tabs, the place where changes are said aloud. */
import { h, icon, type Child } from "./dom";
import { onOutbox, type OutboxState } from "./outbox";
import { state } from "./state";
import { applyUpdate } from "./updates";
import { t } from "./words";

export type Tab = "stalls" | "scan" | "outbox" | "me";

export interface Screen {
  title: string;
  /** Where the arrow leads; none on the first screen of a tab. */
  back?: string;
  tab?: Tab;
  /** A camera behind it. */
  dark?: boolean;
  /** The whole screen says one thing: no header, no tabs. */
  bare?: "full" | "show";
  solid?: "ok" | "bad" | "warn" | "ask";
  tools?: Child;
  main: Child;
  /** Called when the screen is left. */
  leave?: () => void;
}

const root = (): HTMLElement => document.getElementById("app")!;
let leave: (() => void) | undefined;
let heard: OutboxState = { unsent: 0, sending: false, lastTrouble: null, nextTryAt: 0 };

onOutbox((told) => {
  heard = told;
  for (const place of document.querySelectorAll<HTMLElement>("[data-sync]")) paintSync(place);
  for (const place of document.querySelectorAll<HTMLElement>("[data-unsent]")) paintUnsent(place);
});

function paintSync(place: HTMLElement): void {
  place.classList.toggle("some", heard.unsent > 0);
  const text = heard.unsent > 0 ? t("unsent", { n: heard.unsent }) : t("all_sent");
  place.replaceChildren(icon(heard.unsent > 0 ? "sync" : "check"), ` ${text}`);
}

function paintUnsent(place: HTMLElement): void {
  place.textContent = heard.unsent > 99 ? "99+" : String(heard.unsent);
  place.hidden = heard.unsent === 0;
}

/** Draws a screen, and moves the focus to its heading so that it is read aloud. */
export function draw(screen: Screen): void {
  leave?.();
  leave = screen.leave;
  const body = document.body;
  body.className = screen.solid ? `solid ${{ ok: "ok-bg", bad: "bad-bg", warn: "warn-bg", ask: "ask-first" }[screen.solid]}` : "";
  document.title = `${screen.title} · choqr`;
  const parts = screen.bare ? [h("main", { class: screen.bare === "show" ? "show" : `full${screen.solid === "ok" ? " ok" : ""}${screen.solid === "warn" ? " warn" : ""}${screen.solid === "ask" ? " ask-first" : ""}`, id: "main" }, screen.main)] : framed(screen);
  root().replaceChildren(...parts);
  scrollTo(0, 0);
  const heading = root().querySelector<HTMLElement>("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

function framed(screen: Screen): Node[] {
  const sync = h("a", { class: "sync", href: "#/outbox", "data-sync": true });
  paintSync(sync);
  const header = h("header", null,
    screen.back === undefined ? null : h("a", { class: "ico", href: screen.back, "aria-label": t("back") }, icon("back")),
    h("h1", null, screen.title), screen.tools ?? sync);
  const main = h("main", { class: screen.dark ? "bare" : "stack", id: "main" }, screen.main);
  const update = state.hasUpdate && !screen.dark
    ? h("div", { class: "update", role: "status" }, h("span", null, t("update_ready")), h("button", { class: "btn s", type: "button", onclick: () => void takeOver() }, t("update_do")))
    : null;
  const app = h("div", { class: `field-app${screen.dark ? " dark" : ""}` }, header, update, main, screen.dark || screen.tab === undefined ? null : tabs(screen.tab));
  return [app];
}

async function takeOver(): Promise<void> {
  if ((await applyUpdate()) === "draft_open") toast(t("update_draft"));
}

function tabs(current: Tab): HTMLElement {
  const badge = h("span", { class: "n", "data-unsent": true });
  paintUnsent(badge);
  const items: [Tab, string, string, string][] = [
    ["stalls", "#/", "stall", t("tab_stalls")], ["scan", "#/scan", "scan", t("tab_scan")], ["outbox", "#/outbox", "tray", t("tab_outbox")], ["me", "#/me", "user", t("tab_me")],
  ];
  return h("nav", { class: "tabs", "aria-label": t("tabs") }, items.map(([tab, href, name, label]) =>
    h("a", { href, "aria-current": tab === current ? "page" : null }, icon(name), h("span", null, label), tab === "outbox" ? badge : null)));
}

let fading = 0;

/** Says something in passing, aloud too. */
export function toast(text: string): void {
  document.querySelector(".toast")?.remove();
  clearTimeout(fading);
  const note = h("p", { class: "toast", role: "status" }, text);
  document.body.append(note);
  fading = window.setTimeout(() => note.remove(), 4_000);
}

export const go = (hash: string): void => {
  location.hash = hash;
};
