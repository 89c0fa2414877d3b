// The field app on a slow phone: CPU at a sixth, a line of 400 kb/s with 400 ms. Medians of ROUNDS, beside what they may be.
import { startDemo, signedIn } from "../tests/browser/harness.mjs";
import { allSent, bindPhone, cells, phonePage, startPhone } from "../tests/browser/phone.mjs";

const ROUNDS = Number(process.env["ROUNDS"] ?? 9);
// With the demo's own just under the 5,000 that a phone takes.
const STALLS = Number(process.env["STALLS"] ?? 4_800);
const demo = await startDemo();
const phone = await startPhone({ picture: "wall" });
let isMissed = false;

function say(what, values, most, unit) {
  const median = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (median > most) isMissed = true;
  console.log(`field: ${what}: median of ${values.length} ${median.toFixed(1)} ${unit}, at most ${most} ${unit}${median > most ? " MISSED" : ""}`);
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

// First load: everything that the phone had of the app is taken away, the person stays bound.
const first = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const { context, page, wire, slow } = await newPhone();
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
    indexedDB.deleteDatabase("choqr-field");
  });
  await page.goto("about:blank");
  await wire.send("Network.enable");
  await wire.send("Network.clearBrowserCache");
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  await slow(6);
  const began = performance.now();
  await page.goto(`${demo.address}/dd/`, { waitUntil: "commit" });
  await page.waitForSelector(".todo");
  first.push(performance.now() - began);
  await context.close();
}
say("first load until today's list stands", first, 3_000, "ms");

// From the tap to the words, in the page's own time.
const { context, page, slow } = await newPhone();
await context.setOffline(true);
await slow(6);
const saved = [];
for (const stall of (await cells(page, "chua")).slice(0, ROUNDS)) {
  await page.evaluate((id) => { location.hash = `#/visit/${id}/declined`; }, stall.id);
  await page.waitForSelector(".chips button");
  saved.push(await page.evaluate(() => new Promise((done) => {
    const began = performance.now();
    new MutationObserver((_, observer) => {
      if (!document.body.textContent.includes("Đã lưu trên máy")) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
    document.querySelector(".chips button").click();
  })));
  await page.waitForFunction((id) => location.hash === `#/stall/${id}`, stall.id);
}
say("from the tap to “Đã lưu trên máy”", saved, 300, "ms");
await slow(1);
await context.setOffline(false);
await page.goto(`${demo.address}/dd/#/outbox`);
await page.click("text=Thử gửi ngay");
await allSent(page);
await context.close();

// A market of thousands: found by a name without marks, and what the page holds.
const board = await signedIn(phone.browser, demo, "ward_official");
const { markets } = await (await board.request.get(`${demo.address}/api/v1/markets`)).json();
const market = markets[0].market_id;
for (let n = 0; n < STALLS; n += 100) {
  const stalls = Array.from({ length: 100 }, (_, at) => ({ code: `K${Math.floor((n + at) / 100) + 1}-${String(((n + at) % 100) + 1).padStart(3, "0")}`, vendor: { full_name: `Nguyễn Thị Sạp ${n + at + 1}` }, goods: "Rau củ" }));
  const answer = await board.request.post(`${demo.address}/api/v1/markets/${market}/stalls`, { headers: { "sec-fetch-site": "same-origin" }, data: { stalls } });
  if (!answer.ok()) throw new Error(`${answer.status()} ${(await answer.text()).slice(0, 300)}`);
}
const large = await newPhone();
await large.page.waitForSelector("input[type=search]");
await large.slow(6);
const found = [];
for (let round = 0; round < ROUNDS; round += 1) {
  found.push(await large.page.evaluate((asked) => new Promise((done) => {
    const input = document.querySelector("input[type=search]");
    input.focus();
    input.value = asked;
    const began = performance.now();
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }), `thi sap ${round + 1}23`));
  await large.page.waitForSelector(`text=Nguyễn Thị Sạp ${round + 1}23`);
}
say(`a search among ${STALLS} stalls`, found, 100, "ms");
await large.wire.send("HeapProfiler.enable");
await large.wire.send("HeapProfiler.collectGarbage");
const { usedSize } = await large.wire.send("Runtime.getHeapUsage");
say(`JavaScript's memory with ${STALLS} stalls`, [usedSize / 1_048_576], 60, "MiB");

await phone.stop();
demo.stop();
process.exit(isMissed ? 1 : 0);
