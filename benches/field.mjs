// The field app on a slow phone: CPU at a sixth, a line of 400 kb/s with 400 ms. Medians of ROUNDS, beside what they may be.
// `ROUNDS=1 TRACE=1` also prints what came over the line, and when, during the first load.
import { signedIn, startDemo } from "../tests/browser/harness.mjs";
import { allSent, bindPhone, cells, dump, phonePage, startPhone } from "../tests/browser/phone.mjs";

const ROUNDS = Number(process.env["ROUNDS"] ?? 9);
const TRACE = process.env["TRACE"] !== undefined;
/** How many stalls are added: with the demo's own, as many as a phone takes. */
const MOST_STALLS = 5_000;
const SLOW_CPU = 6;
const SLOW_LINE = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };

const demo = await startDemo();
const phone = await startPhone({ picture: "wall" });
let isMissed = false;

function say(what, values, unit, most = Infinity) {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const isOver = median > most;
  isMissed ||= isOver;
  const range = sorted.length > 1 ? ` (${sorted[0].toFixed(1)} to ${sorted.at(-1).toFixed(1)})` : "";
  const limit = most === Infinity ? "" : `, at most ${most} ${unit}`;
  console.log(`field: ${what}: median of ${sorted.length} ${median.toFixed(1)}${range} ${unit}${limit}${isOver ? " MISSED" : ""}`);
}

/** A bound phone and the wire to its browser. */
async function newPhone() {
  const context = await phone.newContext();
  const page = await phonePage(context);
  page.setDefaultTimeout(60_000);
  await bindPhone(page, demo);
  const wire = await context.newCDPSession(page);
  return { context, page, wire, slow: (rate) => wire.send("Emulation.setCPUThrottlingRate", { rate }) };
}

/** Has the page note, in its own time since it was asked for, when a selector first stood on it. */
const watchFor = (page, selector) => page.addInitScript((wanted) => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector(wanted)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.stoodAt = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
}, selector);

/** What came over the line: called after a load, tells each answer's way. */
async function traced(wire) {
  const seen = new Map();
  await wire.send("Network.enable");
  wire.on("Network.requestWillBeSent", ({ requestId, request, timestamp }) => {
    seen.set(requestId, { path: new URL(request.url).pathname, at: timestamp, bytes: 0 });
  });
  wire.on("Network.responseReceived", ({ requestId, timestamp, response }) => {
    Object.assign(seen.get(requestId) ?? {}, { answered: timestamp, isKept: response.fromServiceWorker });
  });
  wire.on("Network.loadingFinished", ({ requestId, timestamp, encodedDataLength }) => {
    Object.assign(seen.get(requestId) ?? {}, { done: timestamp, bytes: encodedDataLength });
  });
  return () => {
    const start = [...seen.values()][0].at;
    const ms = (time) => (time === undefined ? "-" : Math.round((time - start) * 1_000));
    for (const { path, at, answered, done, bytes } of seen.values()) {
      console.log(`  ${path} asked ${ms(at)} answered ${ms(answered)} done ${ms(done)}, ${bytes} B`);
    }
  };
}

/** First load: everything that the phone had of the app is taken away, the person stays bound. Then the same page again. */
async function loads() {
  const [list, tapped, again, bytes] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { context, page, wire, slow } = await newPhone();
    await page.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
    });
    await page.goto(`${demo.address}/sign-in`);
    await page.evaluate(() => new Promise((done, fail) => {
      localStorage.clear();
      const request = indexedDB.deleteDatabase("choqr-field");
      request.onsuccess = done;
      request.onerror = request.onblocked = () => fail(new Error("the phone's database is still open"));
    }));
    await page.goto("about:blank");
    await watchFor(page, ".todo");
    const trace = await traced(wire);
    await wire.send("Network.clearBrowserCache");
    await wire.send("Network.emulateNetworkConditions", SLOW_LINE);
    await slow(SLOW_CPU);

    await page.goto(`${demo.address}/dd/`, { waitUntil: "commit" });
    await page.waitForFunction(() => window.stoodAt !== undefined);
    // From the finger's lifting to the stall's own buttons, in the page's time; what the driver takes to find and press is not ours.
    await page.evaluate(() => addEventListener("pointerup", (event) => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector("main a[href^='#/enrol/'], main a[href^='#/verify/']")) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.openedAfter = performance.now() - event.timeStamp; }));
      }).observe(document.body, { childList: true, subtree: true });
    }, { once: true, capture: true }));
    await page.locator(".grid5 a").first().tap();
    await page.waitForFunction(() => window.openedAfter !== undefined);
    const stoodAt = await page.evaluate(() => window.stoodAt);
    list.push(stoodAt);
    tapped.push(stoodAt + (await page.evaluate(() => window.openedAfter)));
    if (TRACE) trace();

    await slow(1);
    await wire.send("Network.emulateNetworkConditions", { ...SLOW_LINE, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    await wire.send("Network.emulateNetworkConditions", SLOW_LINE);
    await slow(SLOW_CPU);
    await page.goto("about:blank");
    let fetched = 0;
    wire.on("Network.responseReceived", ({ response }) => {
      const isShell = !/^\/dd\/(?:api\/|sw\.js)/u.test(new URL(response.url).pathname);
      if (isShell && !response.fromServiceWorker) fetched += response.encodedDataLength;
    });
    await page.goto(`${demo.address}/dd/`, { waitUntil: "commit" });
    await page.waitForFunction(() => window.stoodAt !== undefined);
    again.push(await page.evaluate(() => window.stoodAt));
    bytes.push(fetched);
    await context.close();
  }
  say("first load until today's list stands", list, "ms", 3_000);
  say("first load until a tap at once has opened a stall", tapped, "ms", 3_000);
  say("the next load until today's list stands", again, "ms");
  say("the next load's bytes of the app", bytes, "B", 0);
}

/** From the tap to the words, in the page's own time, without a network; every tap must have made one record. */
async function taps() {
  const { context, page, slow } = await newPhone();
  const saved = [];
  const stalls = (await cells(page, "chua")).slice(0, ROUNDS);
  if (stalls.length < ROUNDS) throw new Error(`only ${stalls.length} stalls to tap at`);
  await context.setOffline(true);
  await slow(SLOW_CPU);
  for (const stall of stalls) {
    await page.evaluate((id) => {
      document.querySelector(".toast")?.remove();
      location.hash = `#/visit/${id}/declined`;
    }, stall.id);
    await page.waitForSelector(".chips button");
    const before = (await dump(page)).records.length;
    await page.evaluate(() => {
      if (document.body.textContent.includes("Đã lưu trên máy")) throw new Error("the words stand before the tap");
      window.saidAfter = undefined;
      addEventListener("pointerup", (event) => {
        new MutationObserver((_, observer) => {
          if (!document.body.textContent.includes("Đã lưu trên máy")) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => { window.saidAfter = performance.now() - event.timeStamp; }));
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      }, { once: true, capture: true });
    });
    await page.locator(".chips button").first().tap();
    await page.waitForFunction(() => window.saidAfter !== undefined);
    saved.push(await page.evaluate(() => window.saidAfter));
    const made = (await dump(page)).records.length - before;
    if (made !== 1) throw new Error(`a tap made ${made} records`);
  }
  say("from the finger's lifting to “Đã lưu trên máy”", saved, "ms", 300);
  await slow(1);
  await context.setOffline(false);
  await page.goto(`${demo.address}/dd/#/outbox`);
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  await context.close();
}

/** Fills the market up to what a phone takes. */
async function fill() {
  const board = await signedIn(phone.browser, demo, "ward_official");
  const { markets } = await (await board.request.get(`${demo.address}/api/v1/markets`)).json();
  const market = markets[0].market_id;
  const { context, page } = await newPhone();
  const own = (await dump(page)).stalls.length;
  await context.close();
  const all = Array.from({ length: MOST_STALLS - own }, (_, at) => ({
    code: `K${Math.floor(at / 100) + 1}-${String((at % 100) + 1).padStart(3, "0")}`,
    vendor: { full_name: `Nguyễn Thị Sạp ${at + 1}` },
    goods: "Rau củ",
  }));
  for (let at = 0; at < all.length; at += 100) {
    const data = { stalls: all.slice(at, at + 100) };
    const headers = { "sec-fetch-site": "same-origin" };
    const answer = await board.request.post(`${demo.address}/api/v1/markets/${market}/stalls`, { headers, data });
    if (!answer.ok()) throw new Error(`${answer.status()} ${(await answer.text()).slice(0, 300)}`);
  }
  await board.context().close();
}

/** A market of thousands: letter by letter with real keys, from each key to the frame that shows its result. */
async function searches() {
  await fill();
  const { context, page, wire, slow } = await newPhone();
  const held = (await dump(page)).stalls.length;
  if (held !== MOST_STALLS) throw new Error(`the phone holds ${held} stalls`);
  await slow(SLOW_CPU);
  await page.locator("input[type=search]").tap();
  await page.evaluate(() => {
    window.keys = [];
    addEventListener("keydown", (event) => {
      requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - event.timeStamp)));
    }, { capture: true });
  });
  const [first, worst, last] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = `thi sap ${round + 1}23`;
    for (const letter of asked) {
      const before = await page.evaluate(() => window.keys.length);
      await page.keyboard.press(letter === " " ? "Space" : letter);
      await page.waitForFunction((count) => window.keys.length > count, before);
    }
    await page.waitForSelector(`text=Nguyễn Thị Sạp ${round + 1}23`);
    const times = (await page.evaluate(() => window.keys)).slice(-asked.length);
    first.push(times[0]);
    worst.push(Math.max(...times));
    last.push(times.at(-1));
    await page.fill("input[type=search]", "");
  }
  say(`a search among ${held} stalls, its first letter`, first, "ms", 100);
  say(`a search among ${held} stalls, its slowest letter`, worst, "ms", 100);
  say(`a search among ${held} stalls, its last letter`, last, "ms", 100);
  await wire.send("HeapProfiler.enable");
  const heap = [(await wire.send("Runtime.getHeapUsage")).usedSize / 1e6];
  await wire.send("HeapProfiler.collectGarbage");
  say(`JavaScript's memory with ${held} stalls, before garbage is collected`, heap, "MB", 60);
  say(`JavaScript's memory with ${held} stalls, after`, [(await wire.send("Runtime.getHeapUsage")).usedSize / 1e6], "MB", 60);
  await context.close();
}

try {
  await loads();
  await taps();
  await searches();
} finally {
  await phone.stop();
  demo.stop();
}
process.exit(isMissed ? 1 : 0);
