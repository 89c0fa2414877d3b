// A vendor on board from the lead's code to the checked sticker: with the network, and without it from the first tap.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, signedIn, marketOf } from "./harness.mjs";
import { allSent, bankPicture, bindPhone, cells, firstLabel, phonePage, rows, startPhone } from "./phone.mjs";

let demo;
before(async () => { demo = await startDemo(); });
after(() => demo.stop());

/** Counts taps and typed characters from here on. */
async function counted(page) {
  await page.evaluate(() => {
    globalThis.counts = { taps: 0, typed: 0 };
    addEventListener("click", (event) => { if (event.isTrusted) globalThis.counts.taps += 1; }, true);
    addEventListener("input", (event) => { if (event.isTrusted && event.target.matches("input:not([type=checkbox]):not([type=search]), textarea")) globalThis.counts.typed += 1; }, true);
  });
}

/** From the list to "Đã lưu": the stall, the vendor's own code before the camera, the consent. */
async function enrol(page, stall) {
  // A label's tap is a click on its box as well: both are one tap.
  await page.click(`.grid5 a[href='#/stall/${stall}']`);
  await page.click("a.btn.go.big");
  await page.waitForSelector(".bankcard");
  await page.click("#agree-issue_code");
  await page.click("button.btn.go.big");
  await page.waitForSelector(".trail .done");
  return page.innerText(".show");
}

test("with the network: bound, enrolled, printed, posted, checked", async (context) => {
  const phone = await startPhone();
  const page = await phonePage(phone.context);
  await bindPhone(page, demo);
  const [stall] = await cells(page, "hen");
  await counted(page);

  const shown = await enrol(page, stall.id);

  const { taps, typed } = await page.evaluate(() => globalThis.counts);
  context.diagnostic(`from the list to "Đã lưu": ${taps} taps, ${typed} typed characters`);
  assert.ok(taps <= 9, `${taps} taps`);
  assert.equal(typed, 0);
  assert.match(shown, /Đã lưu trên máy/u);
  await page.waitForSelector("text=/Máy chủ đã nhận – số PN-/");
  assert.equal(await page.locator(".for-now").innerText(), "");
  await page.click("text=Đã thấy");
  await allSent(page);
  assert.deepEqual(rows(demo, "SELECT test_transfer_seen FROM enrolments WHERE device_id IS NOT NULL"), [[1]]);

  // The lead prints what is new, the volunteer posts it and scans what hangs there.
  const lead = await signedIn(phone.browser, demo, "lead");
  const market = (await marketOf(lead, demo)).split("/").pop();
  const batch = await (await lead.request.post(`${demo.address}/api/v1/markets/${market}/print-batches`, { headers: { "sec-fetch-site": "same-origin" }, data: { filter: "not_yet_printed" } })).json();
  assert.equal(batch.stickers.length, 1);
  const pdf = await (await lead.request.get(`${demo.address}${batch.pdf_url}`)).body();
  phone.show(firstLabel(phone.folder, pdf), 0.72);
  await page.goto(`${demo.address}/dd/#/`);
  await page.waitForSelector(`.grid5 a.ma[href='#/stall/${stall.id}']`);
  await page.click(`.grid5 a[href='#/stall/${stall.id}']`);
  await page.click("a.btn.go.big");
  await page.waitForSelector("h1:has-text('KHỚP')");
  await allSent(page);
  const seen = await (await lead.request.get(`${demo.address}/api/v1/stalls/${stall.id}`)).json();
  assert.deepEqual([seen.progress, seen.code_safety], ["posted", "match"]);
  assert.deepEqual(page.complaints, []);
  await phone.stop();
});

test("without the network from the first tap: nothing is lost, and nothing is said to be received", async () => {
  const phone = await startPhone();
  const page = await phonePage(phone.context);
  await bindPhone(page, demo, demo.people.volunteer.username);
  const [, stall, other] = await cells(page, "hen");
  phone.show(bankPicture(phone.folder, "9990000777001"));
  await phone.context.setOffline(true);
  // Opened anew without a network: the shell and the list are on the phone.
  await page.reload();

  const shown = await enrol(page, stall.id);

  assert.match(shown, /Mã tạm thời/u);
  assert.match(shown, /Chờ máy chủ/u);
  assert.doesNotMatch(shown, /Máy chủ đã nhận/u);
  await page.click("text=Đã thấy");
  await page.goto(`${demo.address}/dd/#/visit/${other.id}/declined`);
  await page.click("text=Ngại thuế");
  await page.waitForSelector("text=Đã lưu trên máy");
  // What was just enrolled here is no stranger's, though the server has not heard of it.
  await page.evaluate((id) => { location.hash = `#/verify/${id}`; }, stall.id);
  await page.waitForSelector("h1:has-text('MÃ RIÊNG')");
  await page.goto(`${demo.address}/dd/#/outbox`);
  await page.waitForSelector("text=4 phiếu chưa gửi");
  assert.equal(await page.locator("text=Máy chủ đã nhận").count(), 0);
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM enrolments WHERE stall_id = '${stall.id}'`), [[0]]);

  await phone.context.setOffline(false);
  await page.click("text=Thử gửi ngay");
  await allSent(page);

  await page.waitForSelector("text=Mọi phiếu trên máy này đều đã tới máy chủ");
  assert.deepEqual(rows(demo, `SELECT COUNT(*) FROM enrolments WHERE stall_id = '${stall.id}'`), [[1]]);
  assert.deepEqual(rows(demo, `SELECT outcome, reason FROM visits WHERE stall_id = '${other.id}' ORDER BY visited_at_ms DESC LIMIT 1`), [["declined", "fear_of_tax"]]);
  assert.deepEqual(rows(demo, `SELECT verdict FROM sticker_checks WHERE stall_id = '${stall.id}'`), [["match"]]);
  assert.deepEqual(page.complaints, []);
  await phone.stop();
});
