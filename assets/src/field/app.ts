/** The field app: begins from what is on the phone, and draws the screen that the address names. */
import { loadDraft } from "./draft";
import { draw } from "./frame";
import { chosenMarket, chosenRows, chooseMarket, loadMarket, refreshMarket } from "./market";
import type { Me } from "./model";
import { onOutbox, pendingStalls, prepare, startFlushing } from "./outbox";
import { codeScreen } from "./screens/code";
import { chooseOne, door, loadFirst } from "./screens/doors";
import { checkScreen, enrolScreen, typedScreen } from "./screens/enrol";
import { meScreen } from "./screens/me";
import { outboxScreen } from "./screens/outbox";
import { stallScreen } from "./screens/stall";
import { rowsScreen, todayScreen } from "./screens/today";
import { verifyScreen } from "./screens/verify";
import { visitScreen } from "./screens/visit";
import { CallError } from "./server";
import { cachedMe, refreshMe } from "./session";
import { state } from "./state";
import { caughtUp } from "./store";
import { watchUpdates } from "./updates";
import { loadWords, t } from "./words";

/** How often the list is asked for what changed while the app is open. */
const REFRESH_MS = 120_000;
/** Screens that may be drawn anew under the person's eyes: nobody types or scans there. */
const CALM = /^#?\/?$|^#\/(need|stall)\//u;

function route(): void {
  const [what = "", id = "", more = ""] = location.hash.replace(/^#\/?/u, "").split("/").map(decodeURIComponent);
  switch (what) {
    case "need": return todayScreen(id);
    case "rows": return rowsScreen();
    case "stall": return void stallScreen(id);
    case "enrol": return enrolScreen(id);
    case "typed": return typedScreen(id);
    case "check": return void checkScreen(id);
    case "code": return void codeScreen(id);
    case "visit": return visitScreen(id, more);
    case "verify": return verifyScreen(id);
    case "scan": return verifyScreen(null);
    case "outbox": return void outboxScreen();
    case "me": return void meScreen();
    case "markets": return chooseOne(state.me, (chosen) => void open(chosen).then(() => location.assign("#/")).then(caughtUp).catch(broken));
    default: return todayScreen();
  }
}

/** Opens a market: as it lies on the phone, or else from the server. `null` when a door was shown instead. */
async function open(id: string): Promise<"kept" | "fetched" | null> {
  // Whom this phone has just met has no market on it.
  const kept = state.isNew ? null : await loadMarket(id);
  const name = state.me.markets.find((market) => market.market_id === id)?.name ?? "";
  const market = kept ?? (await loadFirst(id, name));
  if (market instanceof CallError) {
    door(market.trouble === "offline" ? "first_offline" : market.trouble, market.title);
    return null;
  }
  state.market = market;
  state.rows = (state.isNew ? null : await chosenRows(id)) ?? market.rules.my_rows ?? [];
  return kept ? "kept" : "fetched";
}

/** Asks for what changed; without a network the phone's own list goes on serving. */
async function refresh(): Promise<void> {
  const id = state.market.rules.market_id;
  const market = await refreshMarket(id).catch(() => null);
  if (!market || state.market.rules.market_id !== id) return;
  state.market = market;
  if (CALM.test(location.hash) && !(document.activeElement instanceof HTMLInputElement)) route();
}

async function begin(): Promise<void> {
  // All that lies on the phone in one go: one after the other, a slow phone is asked for half a second.
  const [known, before, draft, pending] = await Promise.all([cachedMe(), chosenMarket(), loadDraft(), pendingStalls(), loadWords()]);
  Object.assign(state, { draft, pending, isNew: known === null });
  let me: Me | null = known;
  if (!me) {
    const answer = await refreshMe();
    if (typeof answer === "string") return door(answer === "offline" ? "first_offline" : answer);
    me = answer;
  }
  state.me = me;
  prepare(me);
  const chosen = before ?? (me.markets.length === 1 ? me.markets[0]!.market_id : null);
  const isKnown = me.markets.some((market) => market.market_id === chosen);
  if (chosen === null || !isKnown) {
    return chooseOne(me, (id) => void start(id, known !== null).catch(broken));
  }
  if (chosen !== before) chooseMarket(chosen);
  await start(chosen, known !== null);
}

/** Asks anew for whatever of it was on the phone from before. */
async function start(id: string, isMeOld: boolean): Promise<void> {
  const opened = await open(id);
  if (opened === null) return;
  work();
  await caughtUp();
  state.isNew = false;
  if (isMeOld || opened === "kept") void follow();
}

/** The phone has its market: the rest happens beside the work. */
function work(): void {
  route();
  addEventListener("hashchange", route);
  let held = Infinity;
  onOutbox((told) => {
    // What the server has taken changes the list: a code that was just issued is known at its stall at once.
    if (told.unsent < held && held !== Infinity && !told.sending) void refresh();
    if (!told.sending || told.unsent > held) held = told.unsent;
    void pendingStalls().then((pending) => {
      state.pending = pending;
    });
  });
  startFlushing();
  setInterval(() => document.visibilityState === "visible" && void refresh(), REFRESH_MS);
}

async function follow(): Promise<void> {
  const answer = await refreshMe();
  if (typeof answer === "string") {
    // What is on the phone is worked on; only a phone that was taken off stops showing it.
    if (answer === "device_revoked") door(answer);
  } else {
    state.me = answer;
    prepare(answer);
  }
  await refresh();
}

/** The phone has no room, or its store is closed to us. */
function broken(): void {
  draw({ title: t("door_broken"), main: t("door_broken_help") });
}

async function watch(): Promise<void> {
  await watchUpdates(() => {
    state.hasUpdate = true;
    if (state.market && CALM.test(location.hash)) route();
  });
}

// What the worker keeps would come over the same line as the list: it begins when something stands on the screen.
begin()
  .catch(broken)
  .then(watch)
  .catch(() => {});
