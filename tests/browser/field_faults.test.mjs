// What goes wrong in a market: each ends with every record exactly once, and none called received that is not.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { crash, signedIn, startDemo } from "./harness.mjs";
import { allBytes, allSent, bindPhone, cells, decline, deviceLink, dump, enrol, pasteCode, phonePage, poisonOldest, rows, startPhone, startProxy } from "./phone.mjs";

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

/** A phone of its own in the same browser. */
async function newPhone(username, through) {
  const context = await phone.newContext();
  const page = await phonePage(context);
  await bindPhone(page, demo, username, through);
  return { context, page };
}

const visitsOf = (stall) => rows(demo, `SELECT COUNT(*) FROM visits WHERE stall_id = '${stall}' AND outcome = 'declined'`)[0][0];
const states = async (page) => (await dump(page)).records.map((record) => record.state);

test("the answer is lost after the server has stored: once on the server, received only after a real answer", async () => {
  const proxy = await startProxy(demo);
  const { context, page } = await newPhone(undefined, proxy.address);
  const [, , stall] = await cells(page, "chua");
  // A browser repeats a call over a connection that broke by itself: every answer is lost until the phone has owned up.
  proxy.cuts = Infinity;

  await decline(page, stall.id);
  await page.evaluate(() => { location.hash = "#/outbox"; });
  await page.waitForFunction(() => document.querySelector(".note")?.textContent.includes("Mất mạng"));

  assert.equal(visitsOf(stall.id), 1, "stored");
  assert.deepEqual(await states(page), ["saved"], "and not yet believed");
  await page.waitForSelector("text=1 phiếu");
  proxy.cuts = 0;
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  assert.equal(visitsOf(stall.id), 1);
  assert.ok(proxy.calls >= 2);
  assert.deepEqual(page.complaints, []);
  await context.close();
  proxy.stop();
});

test("the server dies after storing and before answering: once on the server that comes back", async () => {
  const own = await startDemo();
  const proxy = await startProxy(own);
  const context = await phone.newContext();
  const page = await phonePage(context);
  await bindPhone(page, own, undefined, proxy.address);
  const [stall] = await cells(page, "chua");
  const stored = () => rows(own, `SELECT COUNT(*) FROM visits WHERE stall_id = '${stall.id}' AND outcome = 'declined'`)[0][0];
  // The browser repeats a call over a broken connection by itself, so more than one may come before the phone owns up.
  proxy.cuts = Infinity;
  let deaths = 0;
  proxy.asDying = async () => {
    deaths += 1;
    if (deaths === 1) await crash(own);
  };

  await decline(page, stall.id);
  await page.evaluate(() => { location.hash = "#/outbox"; });
  await page.waitForFunction(() => document.querySelector(".note")?.textContent.includes("Mất mạng"));

  assert.ok(deaths >= 1);
  assert.equal(stored(), 1, "what was stored has outlived the process");
  assert.deepEqual(await states(page), ["saved"], "and is not believed");
  proxy.cuts = 0;
  await page.click("text=Thử gửi ngay");
  await allSent(page);
  assert.deepEqual(await states(page), ["received"]);
  assert.equal(stored(), 1);
  await context.close();
  proxy.stop();
  own.stop();
});

test("a tab that is closed in the middle of an enrolment finds it again", async () => {
  const { context, page } = await newPhone();
  const [, , , stall] = await cells(page, "hen");
  await pasteCode(page, stall.id, "9990000660001");
  const keptAt = async () => (await dump(page)).keys.find((kept) => kept.kept_at)?.kept_at ?? 0;
  const last = await keptAt();
  await page.check("#agree-issue_code");
  for (const end = Date.now() + 10_000; (await keptAt()) === last;) if (Date.now() > end) throw new Error("the draft was not kept");
  await page.close({ runBeforeUnload: false });

  const again = await phonePage(context);
  await again.goto(`${demo.address}/dd/`);
  await again.click("a:has-text('Đang dở sạp')");
  await again.waitForSelector(".bankcard");

  assert.equal(await again.locator(".bankcard .last").innerText(), "0001");
  assert.ok(await again.isChecked("#agree-issue_code"));
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM enrolments WHERE stall_id = '${stall.id}'`), [[0]]);
  await again.click("button:has-text('Xong')");
  await again.waitForSelector("text=/Máy chủ đã nhận/");
  await context.close();
});

test("two phones enrol one stall: both are kept, a person chooses, and the phone hears of it", async () => {
  const [one, other] = [await newPhone(), await newPhone("quan")];
  const [, , , , stall] = await cells(one.page, "hen");
  await other.context.setOffline(true);
  await enrol(other.page, stall.id, "9990000550002");
  await enrol(one.page, stall.id, "9990000550001");
  await allSent(one.page);

  await other.context.setOffline(false);
  await other.page.goto(`${demo.address}/dd/#/outbox`);
  await other.page.click("text=Thử gửi ngay");
  await allSent(other.page);

  assert.deepEqual(await states(other.page), ["conflict"]);
  await other.page.waitForSelector("text=Trùng với máy khác");
  const lead = await signedIn(phone.browser, demo, "lead");
  await lead.goto(`${demo.address}/dd/records`);
  await lead.click("tbody a");
  await lead.click("button:has-text('Bỏ phiếu')");
  await lead.waitForSelector("text=Không có phiếu nào chờ");
  await other.page.click("text=Thử gửi ngay");
  await other.page.waitForSelector("text=Đã bỏ");
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM enrolments WHERE stall_id = '${stall.id}'`), [[1]]);
  await one.context.close();
  await other.context.close();
});

test("one queue flushed from two tabs arrives once", async () => {
  const { context, page } = await newPhone();
  const stalls = (await cells(page, "chua")).slice(5, 15);
  await context.setOffline(true);
  for (const stall of stalls) await decline(page, stall.id);
  const second = await phonePage(context);
  await second.goto(`${demo.address}/dd/#/outbox`);
  await page.goto(`${demo.address}/dd/#/outbox`);
  await context.setOffline(false);

  await Promise.all([page.click("text=Thử gửi ngay"), second.click("text=Thử gửi ngay")]);
  await allSent(second);

  for (const stall of stalls) assert.equal(visitsOf(stall.id), 1, stall.label);
  await Promise.all([page, second].map((tab) => tab.waitForSelector("text=Mọi phiếu trên máy này đều đã tới máy chủ")));
  assert.deepEqual([...page.complaints, ...second.complaints], []);
  await context.close();
});

test("a clock that is thirty years wrong puts no record into another year", async () => {
  const context = await phone.newContext();
  await context.addInitScript(() => {
    const [Real, shift] = [Date, -30 * 365 * 86_400_000];
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length === 0) super(Real.now() + shift); else super(...given); }
      static now() { return Real.now() + shift; }
    };
  });
  const page = await phonePage(context);
  await bindPhone(page, demo);
  const [, , , , , , , , , , , , , , , , stall] = await cells(page, "chua");

  await decline(page, stall.id);
  await allSent(page);
  assert.deepEqual(await states(page), ["received"]);

  const [[at, received]] = rows(demo, `SELECT visited_at_ms, received_at_ms FROM visits WHERE stall_id = '${stall.id}' AND outcome = 'declined'`);
  assert.ok(Math.abs(received - at) < 60_000, `${received - at} ms apart`);
  await page.goto(`${demo.address}/dd/#/stall/${stall.id}`);
  await context.close();
});

test("a poisoned record in the middle of two hundred holds nobody up", async () => {
  const { context, page } = await newPhone();
  const stalls = (await cells(page, "chua")).slice(17);
  await context.setOffline(true);
  for (let n = 0; n < 200; n += 1) {
    await page.evaluate((id) => { location.hash = `#/visit/${id}/other`; }, stalls[n % stalls.length].id);
    await page.click("button:has-text('Sạp đóng cửa')");
    await page.waitForFunction(() => location.hash.startsWith("#/stall/"));
  }
  await page.waitForFunction(() => document.querySelector("[data-sync]").textContent.includes("200 chưa gửi"));
  await poisonOldest(page, 100);
  const before = rows(demo, "SELECT COUNT(*) FROM visits")[0][0];

  await context.setOffline(false);
  await page.goto(`${demo.address}/dd/#/outbox`);
  await page.click("text=Thử gửi ngay");
  await allSent(page);

  assert.equal(rows(demo, "SELECT COUNT(*) FROM visits")[0][0] - before, 199);
  const counts = (await states(page)).reduce((all, state) => ({ ...all, [state]: (all[state] ?? 0) + 1 }), {});
  assert.deepEqual(counts, { received: 199, refused: 1 });
  await page.waitForSelector("text=Cần sửa");
  await context.close();
});

test("the phone's database holds none of fifty phones and accounts, nor do its files", async () => {
  const profile = mkdtempSync(join(tmpdir(), "choqr-profile-"));
  const own = await startPhone({ profile, picture: "wall" });
  const page = own.context.pages()[0] ?? (await own.context.newPage());
  const link = await deviceLink(phone.browser, demo);
  await page.goto(link);
  await page.click("button.go");
  await page.waitForSelector(".todo");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  const stalls = [...(await cells(page, "chua")), ...(await cells(page, "hen")), ...(await cells(page, "tuchoi"))].slice(0, 50);
  await own.context.setOffline(true);
  const secrets = [];
  for (const [n, stall] of stalls.entries()) {
    const [account, number] = [`99988${String(10_000_000 + n * 7_919)}`, `09${String(12_340_000 + n * 6_007).padStart(8, "0")}`];
    secrets.push(account, number);
    await enrol(page, stall.id, account, { phoneNumber: number });
  }

  const kept = JSON.stringify(await dump(page), (_, value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value));
  await own.context.close();

  assert.equal(stalls.length, 50);
  assert.equal((kept.match(/"state":"saved"/gu) ?? []).length, 50);
  for (const secret of secrets) assert.ok(!kept.includes(secret), "a number stands in the database");
  for (const file of allBytes(profile)) {
    const bytes = readFileSync(file);
    for (const secret of secrets) {
      assert.ok(!bytes.includes(secret) && !bytes.includes(Buffer.from(secret, "utf16le")), `a number stands in ${file}`);
    }
  }
  rmSync(profile, { recursive: true, force: true });
  rmSync(own.folder, { recursive: true, force: true });
});
