// A volunteer's phone: a browser of its own with a camera that plays a clip, bound by the lead's code.
import { execFileSync } from "node:child_process";
import { createServer, request } from "node:http";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { binary, need, signedIn, transferCode } from "./harness.mjs";

const root = resolve(import.meta.dirname, "../..");
const python = () => need(join(root, ".venv/bin/python"), "make tools");

/** A clip of a picture, as the fake camera plays it. */
export function clip(folder, picture, share = 0.8) {
  const out = join(folder, `${Date.now()}-${Math.random().toString(36).slice(2)}.mjpeg`);
  execFileSync(python(), [join(import.meta.dirname, "clips.py"), out, picture, String(share)]);
  return out;
}

/** What a bank's app shows: the code of an account. */
export function bankPicture(folder, account, bank = "VCB") {
  const out = join(folder, `bank-${account}.png`);
  execFileSync(binary, ["qr", "encode", "--bank", bank, "--account", account, "--format", "png", "-o", out]);
  return out;
}

/** A wall: what a camera sees while nobody holds a code before it. */
export function wall(folder) {
  const out = join(folder, "wall.png");
  execFileSync(python(), ["-c", "import sys\nfrom PIL import Image\nImage.new('RGB', (300, 300), (180, 176, 168)).save(sys.argv[1])", out]);
  return out;
}

/** The first label of a printed sheet, as it would hang at a stall. */
export function firstLabel(folder, pdf) {
  const sheet = join(folder, "sheet.pdf");
  writeFileSync(sheet, pdf);
  const out = join(folder, "label");
  // A4, two by four labels of 99 by 68 mm, 200 dots an inch.
  execFileSync("pdftoppm", ["-r", "200", "-f", "1", "-l", "1", "-x", "47", "-y", "98", "-W", "780", "-H", "536", "-png", "-singlefile", sheet, out]);
  return `${out}.png`;
}

/** A browser whose camera plays whatever was last put before it. */
export async function startPhone({ picture = null, profile = null, mayFilm = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "choqr-phone-"));
  const film = join(folder, "camera.mjpeg");
  const show = (path, share) => copyFileSync(clip(folder, path, share), film);
  show(picture === "wall" ? wall(folder) : (picture ?? bankPicture(folder, "9990000123456")));
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ...(mayFilm ? ["--use-fake-ui-for-media-stream"] : []), "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
  const executablePath = process.env["CHROMIUM"] ?? need("/usr/bin/chromium", "make tools");
  const looks = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, locale: "vi-VN", permissions: mayFilm ? ["camera"] : [], timezoneId: "Asia/Ho_Chi_Minh" };
  const own = profile ? await chromium.launchPersistentContext(profile, { executablePath, args, ...looks }) : null;
  const browser = own ? null : await chromium.launch({ executablePath, args });
  const context = own ?? (await browser.newContext(looks));
  return { browser, context, folder, show, newContext: (other = {}) => browser.newContext({ ...looks, ...other }), stop: async () => {
    await (own ?? browser).close();
    rmSync(folder, { recursive: true, force: true });
  } };
}

/** A page that keeps what the browser complains of in `page.complaints`; what a test breaks on purpose is told apart by `expected`. */
export async function phonePage(context, expected = /net::ERR_|Failed to load resource/u) {
  const page = await context.newPage();
  page.setDefaultTimeout(12_000);
  page.complaints = [];
  page.on("console", (message) => { if (message.type() === "error" && !expected.test(message.text())) page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

/**
 * A server in front of the real one that can take an answer away after the real one has given it. `asDying` is called with
 * such an answer in hand: what it does to the real one happens after storing and before answering.
 */
export async function startProxy(demo) {
  const proxy = { cuts: 0, calls: 0, address: "", asDying: async () => {}, stop: () => server.close() };
  const server = createServer((asked, answer) => {
    const isSend = asked.url === "/dd/api/send";
    const { hostname, port } = new URL(demo.address || "http://127.0.0.1:1");
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      const parts = [];
      got.on("data", (part) => parts.push(part));
      got.on("end", async () => {
        if (isSend) proxy.calls += 1;
        // The server has stored and answered; the phone hears nothing of it.
        if (isSend && proxy.cuts > 0) {
          proxy.cuts -= 1;
          await proxy.asDying();
          asked.socket.destroy();
          return;
        }
        answer.writeHead(got.statusCode, got.headers);
        answer.end(Buffer.concat(parts));
      });
    });
    onward.on("error", () => asked.socket.destroy());
    asked.pipe(onward);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  proxy.address = `http://127.0.0.1:${server.address().port}`;
  return proxy;
}

/** The address of a fresh code for somebody's phone, as the lead's screen shows it. */
export async function deviceLink(browser, demo, username = demo.people.volunteer.username) {
  const lead = await signedIn(browser, demo, "lead");
  await lead.goto(`${demo.address}/staff`);
  const row = lead.locator("tbody tr", { hasText: username });
  await row.locator("a[href$='/devices']").click();
  await lead.locator("form[action$='/device-links'] button").click();
  const link = await lead.locator(".device-link .wrap").innerText();
  await lead.context().close();
  return link.trim();
}

/** Binds a page's phone by the lead's code and waits for the first screen. */
export async function bindPhone(page, demo, username, through = demo.address) {
  const link = await deviceLink(page.context().browser(), demo, username);
  await page.goto(link.replace(demo.address, through));
  await page.click("button.go");
  await page.waitForSelector(".todo");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
}

/** The stalls in walking order as the phone's list has them: href, code, classes. */
export async function cells(page, look) {
  await page.waitForSelector(".grid5 a");
  // The map is drawn a few rows at a time.
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]"));
  return page.$$eval(`.grid5 a.${look}`, (links) => links.map((link) => ({ id: link.getAttribute("href").split("/").pop(), label: link.getAttribute("aria-label") })));
}

/** What the phone's database holds, store by store. */
export const dump = (page) => page.evaluate(async () => {
  const open = await new Promise((done, fail) => {
    const request = indexedDB.open("choqr-field");
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const all = {};
  for (const name of open.objectStoreNames) {
    all[name] = await new Promise((done, fail) => {
      const request = open.transaction(name).objectStore(name).getAll();
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  }
  open.close();
  return all;
});

/** Breaks the seal of one record of the queue, the oldest but so many: nobody can open it any more. */
export const poisonOldest = (page, skip = 0) => page.evaluate(async (at) => {
  const open = await new Promise((done) => { const request = indexedDB.open("choqr-field"); request.onsuccess = () => done(request.result); });
  const store = open.transaction("records", "readwrite").objectStore("records");
  const all = await new Promise((done) => { const request = store.getAll(); request.onsuccess = () => done(request.result); });
  const victim = all.sort((a, b) => (a.id < b.id ? -1 : 1))[at];
  victim.sealed.box = `AAAA${victim.sealed.box.slice(4)}`;
  await new Promise((done) => { store.put(victim).onsuccess = done; });
  open.close();
}, skip);

/** Waits until no record is on the phone alone: asks its database again and again, for the browser would take a promise for a yes. */
export async function allSent(page) {
  for (const end = Date.now() + 30_000; ;) {
    const { records } = await dump(page);
    if (records.length > 0 && records.every((record) => record.state !== "saved")) return;
    if (Date.now() > end) throw new Error(`not sent after 30 s: ${records.filter((record) => record.state === "saved").length} of ${records.length}`);
  }
}

/** Declines at a stall by two taps. */
export async function decline(page, stall, reason = "Ngại thuế") {
  await page.evaluate((id) => { location.hash = `#/visit/${id}/declined`; }, stall);
  await page.click(`.chips button:has-text("${reason}")`);
  await page.waitForFunction((id) => location.hash === `#/stall/${id}`, stall);
}

/** Reads a vendor's code by pasting it: what the camera does, without a clip for each. Ends where it is checked together. */
export async function pasteCode(page, stall, account) {
  await page.evaluate((id) => { location.hash = `#/enrol/${id}`; }, stall);
  await page.click("button:has-text('Dán mã')");
  await page.fill("#pasted", transferCode("970415", account));
  await page.click("button:has-text('Dùng')");
  await page.waitForSelector(".bankcard");
}

/** Enrols with one account, from the stall to the code on the screen. */
export async function enrol(page, stall, account, { phoneNumber = "" } = {}) {
  await pasteCode(page, stall, account);
  if (phoneNumber) {
    await page.click("text=Điện thoại, xưng hô");
    await page.fill("#phone", phoneNumber);
  }
  await page.check("#agree-issue_code");
  await page.click("button:has-text('Xong')");
  await page.waitForSelector(".trail .done");
}

/** Counts rows of the server's database, which only reads. */
export function rows(demo, sql) {
  const file = join(demo.folder, "data/choqr.db");
  const script = "import sqlite3, sys, json\nfor row in sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True).execute(sys.argv[2]): print(json.dumps(row))";
  return execFileSync(python(), ["-c", script, file, sql], { encoding: "utf8" }).trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Every file under a folder, as one string of bytes. */
export function allBytes(folder) {
  const read = (path) => (statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => read(join(path, name))) : [path]);
  return read(folder);
}
