// The second pair of eyes, by keyboard: given back, put right, approved.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signedIn, stallPath, startBrowser, startDemo } from "./harness.mjs";

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

/** An account typed by hand, which a second person has to see. */
async function enrolByHand(page, stall, number) {
  await page.goto(`${demo.address}${stall}/enrol`);
  const name = page.locator("#full_name");
  if (await name.count()) await name.fill("Nông Thị Hiền");
  await page.locator("details", { has: page.locator("#bin0") }).last().evaluate((details) => { details.open = true; });
  await page.selectOption("#bin0", "970405");
  for (const field of ["#number0", "#again0"]) await page.fill(field, number);
  await page.click("label[for=issue_code]");
  await page.click("button.go.big");
  await page.waitForSelector(".show .note");
}

test("a case is returned with T, put right by the volunteer, and approved with D", async () => {
  const volunteer = await signedIn(browser, demo, "volunteer", { width: 360, height: 640 });
  const official = await signedIn(browser, demo, "ward_official");
  const stall = await stallPath(volunteer, demo, "chua");
  const { code } = await (await volunteer.request.get(`${demo.address}/api/v1${stall}`)).json();
  await enrolByHand(volunteer, stall, "9990 0077 7001");

  const open = async () => {
    await official.goto(`${demo.address}/review`);
    await official.locator(".queue a", { hasText: code }).click();
    await official.waitForSelector(".decide");
  };
  await open();
  const page = await official.locator("main").textContent();
  assert.ok(page.includes("•••••••7001") && !page.includes("999000777001"), "the account is covered");
  await official.selectOption("#reason", "account_wrong");
  await official.locator("h1").click();
  await official.keyboard.press("t");
  await official.waitForURL(/\/review$/);
  assert.equal(await official.locator(".queue a", { hasText: code }).count(), 0);

  await volunteer.goto(`${demo.address}${stall}/enrol`);
  assert.match(await volunteer.locator(".note").first().textContent(), /Tài khoản chưa đúng/);
  await enrolByHand(volunteer, stall, "9990 0077 7002");

  await open();
  await official.keyboard.press("d");
  await official.waitForURL(/\/review$/);
  await volunteer.goto(`${demo.address}${stall}`);
  assert.match(await volunteer.locator(".head").textContent(), /Đã cấp mã/);
  assert.deepEqual([...official.complaints, ...volunteer.complaints], []);
});
