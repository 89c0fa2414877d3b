// What people do with records and phones beyond enrolling: do one anew, take a photo as evidence, hand a queue over, give the phone
// back, take a new version; and phones that stand in the way.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { signedIn, startDemo, transferCode } from "./harness.mjs";
import { allSent, bankPicture, bindPhone, cells, decline, deviceLink, dump, enrol, pasteCode, phonePage, rows, startPhone } from "./phone.mjs";

let demo;
let phone;
before(async () => {
  demo = await startDemo();
  phone = await startPhone({ picture: "wall" });
});
after(async () => {
  await phone.stop();
  demo.stop();
});

async function newPhone(looks = {}) {
  const context = await phone.newContext(looks);
  const page = await phonePage(context);
  await bindPhone(page, demo);
  return { context, page };
}

const go = (page, hash) => page.evaluate((to) => { location.hash = to; }, hash);
const records = async (page) => (await dump(page)).records.sort((a, b) => (a.id < b.id ? -1 : 1));

test("an enrolment that was never on its way is done anew, and only the new one arrives", async () => {
  const { context, page } = await newPhone();
  const [stall] = await cells(page, "chua");
  await context.setOffline(true);
  await enrol(page, stall.id, "9990000551001");
  await page.click("text=Đã thấy");
  await go(page, "#/outbox");
  await page.click("a:has-text('Làm lại')");
  await page.waitForFunction((id) => location.hash === `#/enrol/${id}`, stall.id);

  await pasteCode(page, stall.id, "9990000551002");
  await page.waitForSelector(".note:has-text('Bấm Xong thì phiếu mới thay phiếu đó')");
  assert.equal(await page.locator(".note:has-text('đã có một phiếu chờ gửi')").count(), 0, "what it replaces is no repeat of it");
  await page.check("#agree-issue_code");
  await page.click("button:has-text('Xong')");
  await page.waitForSelector(".trail .done");

  const kept = await records(page);
  assert.deepEqual(kept.map(({ kind, rev, tries }) => [kind, rev, tries]), [["enrolment", 2, 0]]);
  await context.setOffline(false);
  await go(page, "#/outbox");
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  assert.deepEqual(rows(demo, `SELECT rev FROM enrolments WHERE stall_id = '${stall.id}'`), [[2]]);
  assert.deepEqual(rows(demo, `SELECT account_last4 FROM payment_codes WHERE stall_id = '${stall.id}'`), [["1002"]]);
  assert.deepEqual(page.complaints, []);
  await context.close();
});

test("a photo of a stranger's code, taken without a network, arrives once and is seen at the stall", async () => {
  const { context, page } = await newPhone();
  const [stall] = await cells(page, "dan");
  await context.setOffline(true);
  await go(page, `#/verify/${stall.id}`);
  await page.click("button:has-text('Dán mã')");
  await page.fill("#pasted", transferCode("970422", "9990000777482"));
  await page.click("button:has-text('Dùng')");
  await page.click("button.stop");
  await page.waitForSelector("h1:has-text('LỆCH MÃ')");

  await page.setInputFiles("input[type=file]", bankPicture(phone.folder, "9990000777482"));

  await page.waitForSelector("label:has-text('Đã lưu')");
  const { photos } = await dump(page);
  assert.equal(photos.length, 1);
  const box = Buffer.from(photos[0].sealed.box, "base64url");
  assert.ok(box.length > 1_000 && box.readUInt16BE() !== 0xffd8 && !box.includes("JFIF"), "the photo lies sealed");
  await context.setOffline(false);
  await go(page, "#/outbox");
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  for (const end = Date.now() + 20_000; (await dump(page)).photos.length > 0;) if (Date.now() > end) throw new Error("the photo was not sent");
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM field_photos WHERE stall_id = '${stall.id}'`), [[1]]);
  const official = await signedIn(phone.browser, demo, "ward_official");
  await official.goto(`${demo.address}/stalls/${stall.id}`);
  const picture = official.locator("img[src*='/photos/']").first();
  await picture.waitFor();
  await picture.evaluate((image) => image.decode());
  assert.deepEqual(page.complaints, []);
  await official.context().close();
  await context.close();
});

test("a queue that never finds a network is handed over as a file, and the phone is given back only then", async () => {
  const { context, page } = await newPhone();
  const [, first, second] = await cells(page, "chua");
  await context.setOffline(true);
  await decline(page, first.id);
  await decline(page, second.id, "Sợ lừa đảo");

  await go(page, "#/me");
  await page.click("button:has-text('Trả máy')");
  await page.waitForSelector(".toast:has-text('Còn phiếu chỉ có trên máy này')");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('Lưu phiếu ra tệp')")]);
  const file = join(phone.folder, "queue.json");
  await download.saveAs(file);

  const lead = await signedIn(phone.browser, demo, "lead");
  for (const round of ["first", "again"]) {
    await lead.goto(`${demo.address}/dd/records`);
    await lead.setInputFiles("#file", file);
    await lead.click("form[action='/dd/records/import'] button");
    await lead.waitForSelector(".note.ok");
    for (const stall of [first, second]) {
      assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM visits WHERE stall_id = '${stall.id}' AND outcome = 'declined'`), [[1]], round);
    }
  }
  await lead.context().close();
  // The phone finds its network after all: what the file brought counts once.
  await context.setOffline(false);
  await go(page, "#/outbox");
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM visits WHERE stall_id IN ('${first.id}', '${second.id}') AND outcome = 'declined'`), [[2]]);
  await go(page, "#/me");
  await page.click("button:has-text('Trả máy')");
  await page.waitForURL(/\/sign-in/u);
  const { keys, stalls } = await dump(page);
  assert.deepEqual(stalls, [], "no vendor's name stays behind");
  assert.ok(!keys.some((kept) => kept?.staff), "nobody is known on the phone any more");
  await context.close();
});

test("a new version waits while an enrolment is open, and takes over by a tap when it is not", async () => {
  const context = await phone.newContext();
  // The same worker with one letter more: to the browser a new version.
  let letter = "";
  await context.route("**/dd/sw.js", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `${await answer.text()}\n//${letter}` });
  });
  const page = await phonePage(context);
  await bindPhone(page, demo);
  const [, , , stall] = await cells(page, "chua");
  await pasteCode(page, stall.id, "9990000553001");
  letter = "b";
  await page.evaluate(() => navigator.serviceWorker.getRegistration("/dd/").then((registration) => registration.update()));
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/dd/");
    if (registration.waiting) return;
    const worker = registration.installing;
    await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "installed" && done()));
  });
  await page.evaluate(() => { window.isOldPage = true; });

  await go(page, "#/");
  await page.click(".update button");
  await page.waitForSelector(".toast:has-text('Còn phiếu đang dở')");
  assert.ok(await page.evaluate(() => window.isOldPage), "nothing was taken away from under the enrolment");
  await page.click("a:has-text('Đang dở sạp')");
  await page.waitForSelector(".bankcard");
  await page.check("#agree-issue_code");
  await page.click("button:has-text('Xong')");
  await page.waitForSelector(".trail .done");
  await go(page, "#/");
  await page.click(".update button");
  await page.waitForFunction(() => !window.isOldPage && document.querySelector(".todo"));
  await allSent(page);
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM enrolments WHERE stall_id = '${stall.id}'`), [[1]]);
  await context.close();
});

test("a camera that is refused says what to do, and a picture goes the same way", async () => {
  const blind = await startPhone({ picture: "wall", mayFilm: false });
  const page = await phonePage(blind.context);
  const link = await deviceLink(phone.browser, demo);
  await page.goto(link);
  await page.click("button.go");
  const [, , , , stall] = await cells(page, "chua");

  await go(page, `#/enrol/${stall.id}`);
  await page.waitForSelector("[role=alert]:has-text('chặn camera')");
  await page.setInputFiles("input[type=file]", bankPicture(blind.folder, "9990000554001"));

  await page.waitForSelector(".bankcard .last");
  assert.equal(await page.locator(".bankcard .last").innerText(), "4001");
  await blind.stop();
});

test("inside another app, the first screen says where to open it instead", async () => {
  const userAgent = "Mozilla/5.0 (Linux; Android 13; SM-A125F; wv) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36 Zalo android/24110";
  const { context, page } = await newPhone({ userAgent });

  await page.waitForSelector(".note:has-text('Mở bằng trình duyệt')");
  await context.close();
  const plain = await newPhone();
  assert.equal(await plain.page.locator(".note").count(), 0);
  await plain.context.close();
});

test("on a laptop the app is one column that nobody has to stretch for", async () => {
  const { context, page } = await newPhone({ viewport: { width: 1_280, height: 800 }, isMobile: false });
  const width = await page.locator("main").evaluate((main) => main.getBoundingClientRect().width);
  assert.ok(width <= 720, `${width} px`);
  await context.close();
});

test("what is found stands in place of the map, and gives way to it again", async () => {
  const { context, page } = await newPhone();
  const search = page.locator("input[type=search]");
  const isMapShown = () => document.querySelector(".grid5").checkVisibility();

  await search.fill("thi");
  await page.waitForFunction(() => document.querySelectorAll(".found .lines a").length > 4);
  assert.equal(await page.evaluate(isMapShown), false);
  await search.fill("");

  await page.waitForFunction(isMapShown);
  assert.equal(await page.locator(".found a").count(), 0);
  await context.close();
});

/** By itself, or together with who this is. */
const ASKS_FOR_THE_LIST = /\/pack(?:\?|$)|with=pack/u;

test("over plain http, where no worker can be, the whole list comes once and then only what changed", async () => {
  const context = await phone.newContext({ serviceWorkers: "block" });
  const page = await phonePage(context);
  const asked = [];
  page.on("request", (request) => { if (ASKS_FOR_THE_LIST.test(request.url())) asked.push(request.url().includes("since=") ? "changes" : "whole"); });
  await page.goto(await deviceLink(phone.browser, demo));
  await page.click("button.go");
  await page.waitForSelector(".todo");
  const again = page.waitForRequest(/\/pack\?since=/u);
  await page.reload();
  await again;

  assert.deepEqual(asked, ["whole", "changes"]);
  await context.close();
});

test("the list is asked for once, whichever of the page's two scripts comes first", async () => {
  const context = await phone.newContext({ serviceWorkers: "block" });
  const page = await phonePage(context);
  const asked = [];
  page.on("request", (request) => { if (ASKS_FOR_THE_LIST.test(request.url())) asked.push(request.url()); });
  // The small script, which asks ahead, comes when the app has asked already.
  await page.route("**/early-*.js", async (route) => {
    await page.waitForSelector(".todo");
    await route.continue();
  });
  await page.goto(await deviceLink(phone.browser, demo));
  const late = page.waitForResponse(/\/early-/u);
  await page.click("button.go");
  await (await late).finished();
  await page.waitForFunction(() => document.readyState === "complete");

  assert.equal(asked.length, 1);
  await context.close();
});
