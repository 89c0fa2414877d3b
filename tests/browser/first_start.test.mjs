// From the token on the console to the first lead at the first market.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freshPage, signIn, startBrowser, startFresh } from "./harness.mjs";

const PASSWORD = "rau-muong-xao-toi";
let fresh, browser;

before(async () => {
  fresh = await startFresh();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  fresh?.stop();
});

test("the operator opens the house: ward, official, market, stalls, lead", async () => {
  const page = await freshPage(browser);
  await page.goto(fresh.address);
  assert.equal(new URL(page.url()).pathname, "/set-up", "a house without people leads to its first start");
  await page.goto(fresh.setUp);
  const typed = {
    ward: "Tân Tiến", official_name: "Lý Thị Hạnh", official_username: "hanh", password: PASSWORD, again: PASSWORD,
    market: "Chợ Bờ Sông", market_phone: "0320000999", prefix: "A1", from: "1", to: "12", lead_name: "Nông Văn Sơn", lead_username: "son",
  };
  for (const [field, value] of Object.entries(typed)) await page.fill(`#${field}`, value);
  await page.click("button.go.big");

  // Several communes have that name: they are offered, and what was typed is still there.
  const wards = page.locator("select#ward option");
  assert.ok((await wards.count()) > 1);
  assert.equal(await page.inputValue("#market"), typed.market);
  await page.selectOption("#ward", { index: 0 });
  for (const field of ["password", "again"]) await page.fill(`#${field}`, PASSWORD);
  await page.click("button.go.big");
  const link = (await page.locator(".link-card .wrap").textContent()).trim();

  const lead = await freshPage(browser, { viewport: { width: 360, height: 640 } });
  await lead.goto(link);
  await lead.fill("#password", PASSWORD);
  await lead.fill("#again", "mot-cau-khac-han");
  await lead.click("button.go");
  assert.ok(await lead.locator("[role=alert]").isVisible(), "two different passwords are noticed");
  await lead.fill("#password", PASSWORD);
  await lead.fill("#again", PASSWORD);
  await lead.click("button.go");
  assert.equal(await lead.locator("h1").textContent(), typed.market);
  assert.equal(await lead.locator(".cells a").count(), 12);
  assert.equal((await lead.goto(link)).status(), 404, "the link is used up");

  const official = await freshPage(browser);
  await signIn(official, fresh.address, { username: "hanh", password: PASSWORD });
  assert.match(new URL(official.url()).pathname, /^\/wards\//);
  assert.equal(await official.locator("tbody th a").first().textContent(), typed.market);
  assert.equal((await page.goto(fresh.setUp)).status(), 404, "first start is over");
});
