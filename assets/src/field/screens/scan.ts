/** The camera, at once; and the other ways to a code's text: a picture, the clipboard. Typing comes last. */
import { h, icon, type Child } from "../dom";
import { draw, go, type Tab } from "../frame";
import type { How } from "../model";
import { readPicture, startScanner, type CameraTrouble, type Scanner } from "../scanner";
import { t } from "../words";

/** After so long without a code, the screen says what else helps. */
const HINT_AFTER_MS = 10_000;

export interface ScanScreen {
  title: string;
  back: string;
  /** What to aim at, in large words. */
  lead: string;
  /** `Bước 2 trong 3`. */
  step?: number;
  found: (text: string, how: How) => void;
  /** Leads to typing, where that is possible at all. */
  typing?: () => void;
  tab?: Tab;
}

/** The three steps of an enrolment, as a line and in words. */
export const steps = (at: number): Child => h("div", { class: "stack-2" },
  h("div", { class: "mini", "aria-hidden": "true" }, [1, 2, 3].map((n) => h("i", { class: n <= at ? "on" : null }))), h("p", { class: "hint" }, t("step", { n: at })));

export function scanScreen(screen: ScanScreen): void {
  const video = h("video", { "aria-label": t("camera"), playsinline: true, muted: true });
  const frame = h("div", { class: "frame" });
  const told = h("p", { role: "status", class: "hint" });
  const choices = h("div", { class: "stack-2" });
  const light = h("button", { class: "ico", type: "button", "aria-label": t("torch"), "aria-pressed": "false", hidden: true, onclick: () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    void scanner?.torch(on).then(() => light.setAttribute("aria-pressed", String(on)));
  } }, icon("torch"));
  let scanner: Scanner | null = null;
  let isOver = false;
  const once = (text: string, how: How): void => {
    if (isOver) return;
    navigator.vibrate?.(60);
    screen.found(text, how);
  };
  const hint = window.setTimeout(() => {
    told.textContent = t("scan_hint");
  }, HINT_AFTER_MS);
  const trouble = (code: CameraTrouble): void => {
    clearTimeout(hint);
    frame.classList.add("off");
    cam.append(h("p", { role: "alert" }, t(`camera_${code}`)));
  };
  const cam = h("div", { class: "cam" }, video, frame);
  draw({
    title: screen.title, back: screen.back, dark: true, tools: light,
    main: [cam, h("div", { class: "under" },
      screen.step === undefined ? null : steps(screen.step),
      h("h2", null, screen.lead), told, choices,
      h("div", { class: "three" }, picture((texts) => pick(texts, told, choices, (text) => once(text, "photo"))),
        h("button", { class: "btn", type: "button", onclick: () => paste(choices, (text) => once(text, "paste")) }, icon("paste"), t("paste")),
        screen.typing ? h("button", { class: "btn", type: "button", onclick: screen.typing }, icon("keys"), t("type_in")) : null))],
    leave: () => {
      isOver = true;
      clearTimeout(hint);
      scanner?.stop();
    },
  });
  void startScanner(video, (text) => once(text, "camera"), trouble).then((started) => {
    scanner = started;
    if (isOver) started.stop();
    else light.hidden = !started.hasTorch();
  });
}

function picture(chosen: (texts: string[]) => void): HTMLElement {
  const file = h("input", { type: "file", accept: "image/*", "aria-label": t("picture"), onchange: () => {
    const first = file.files?.[0];
    if (first) void readPicture(first).then(chosen);
  } });
  return h("label", { class: "btn" }, icon("image"), t("picture"), file);
}

function pick(texts: string[], told: HTMLElement, choices: HTMLElement, found: (text: string) => void): void {
  const [only, second] = texts;
  if (only !== undefined && second === undefined) return found(only);
  told.textContent = t(only === undefined ? "picture_none" : "picture_several");
  choices.replaceChildren(...texts.map((text, n) => h("button", { class: "btn wide", type: "button", onclick: () => found(text) }, t("code_n", { n: n + 1, end: text.slice(-4) }))));
}

function paste(choices: HTMLElement, found: (text: string) => void): void {
  // Off also for the browser's own memory of forms, which it would write to its files in clear.
  const area = h("textarea", { class: "input", rows: 3, id: "pasted", autocomplete: "off", spellcheck: "false", autocapitalize: "none" });
  choices.replaceChildren(h("form", { class: "field", onsubmit: (event) => {
    event.preventDefault();
    if (area.value.trim() !== "") found(area.value.trim());
  } }, h("label", { for: "pasted" }, t("paste_label")), area, h("button", { class: "btn go wide" }, t("use_it"))));
  area.focus();
  // One tap less where the browser lets us; asking may be refused, and then it is typed in.
  void navigator.clipboard?.readText?.().then((text) => {
    if (area.value === "" && text.startsWith("0002")) area.value = text;
  }, () => {});
}

export const leaveTo = (hash: string): void => go(hash);
