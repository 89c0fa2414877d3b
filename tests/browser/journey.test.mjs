// The main job, as its people do it: enrol, count, print, scan, hand over.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freshPage, marketOf, printAndRead, signedIn, startBrowser, startDemo } from "./harness.mjs";

// NAPAS VietQR v1.0 §6.1.1 with its inner length put right.
const NAPAS = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

const withCode = async (page) => {
  await page.goto(`${demo.address}/`);
  const figure = await page.locator(".tile").nth(1).locator(".of").textContent();
  return Number(figure.split("/")[0]);
};

test("a vendor goes from nothing to a sticker that scans, and the official sees it counted", async () => {
  const official = await signedIn(browser, demo, "ward_official");
  const before = await withCode(official);

  const volunteer = await signedIn(browser, demo, "volunteer", { width: 360, height: 640 });
  await volunteer.click(".cells a.chua");
  await volunteer.click("a.btn.go");
  const name = volunteer.locator("#full_name");
  if (await name.count()) await name.fill("Nguyễn Thị Hoà");
  await volunteer.fill("#payload0", NAPAS);
  assert.equal(await volunteer.locator(".consent input:checked").count(), 0, "no box is ticked in advance");
  await volunteer.click("label[for=issue_code]");
  await volunteer.click("button.go.big");
  await volunteer.waitForSelector(".show-code svg");
  const link = (await volunteer.locator(".link-card .wrap").textContent()).trim();
  const stall = (await volunteer.locator(".show header span").first().textContent()).trim();
  const next = volunteer.locator("a.btn.go.big");
  assert.notEqual(await next.textContent(), stall);
  await next.click();
  assert.match(new URL(volunteer.url()).pathname, /^\/stalls\//, "the next stall is one tap away");

  assert.equal(await withCode(official), before + 1);

  const seen = await printAndRead(official, demo, await marketOf(official, demo));
  assert.ok(seen.zbar.includes(NAPAS), "zbar reads the stored payload byte for byte");
  assert.ok(seen.zxing.includes(NAPAS), "zxing-cpp reads the stored payload byte for byte");

  const vendor = await freshPage(browser, { javaScriptEnabled: false, viewport: { width: 360, height: 640 } });
  await vendor.goto(link);
  assert.ok(await vendor.locator(".code-box svg").isVisible());
  await vendor.locator(`form[action$="/confirm"] button`).click();
  assert.ok(await vendor.locator(".yours .done").isVisible());
  assert.equal(await vendor.locator(`form[action$="/confirm"]`).count(), 0);
  assert.deepEqual([...official.complaints, ...volunteer.complaints], []);
});
