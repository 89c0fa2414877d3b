// At the stall, on a phone: visits, the sticker that hangs there, the vendor's word. And the office's look at it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freshPage, marketOf, signedIn, stallPath, startBrowser, startDemo, transferCode } from "./harness.mjs";

const PHONE = { width: 360, height: 640 };
let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

const act = (page, label) => page.locator("details.act > summary", { hasText: label }).click();

async function check(page, fill) {
  await page.locator("details.act:has(form[action$='/check']) > summary").click();
  await fill();
  await page.locator("form[action$='/check'] button").click();
  await page.waitForSelector("main.full");
}

test("a visit is one tap, and a refusal keeps what was chosen", async () => {
  const page = await signedIn(browser, demo, "volunteer", PHONE);
  const stall = await stallPath(page, demo, "chua");
  await page.goto(demo.address + stall);
  await act(page, "Từ chối");
  await page.locator("details.act[open] button").click();
  assert.match(await page.locator("details.act[open] .err").textContent(), /Cần chọn lý do/);
  await act(page, "Hẹn lại");
  assert.equal(await page.locator("details.act[open]").count(), 1, "one act is open at a time");
  await page.locator(".days button", { hasText: "Mai" }).click();
  assert.match(await page.locator(".head .pill").first().textContent(), /Hẹn lại · \d\d\/\d\d\/\d{4}/);
  await act(page, "Từ chối");
  await page.locator("details.act[open] label", { hasText: "Ngại thuế" }).click();
  await page.locator("details.act[open] button").click();
  assert.match(await page.locator(".head .pill").first().textContent(), /Từ chối/);
  assert.match(await page.locator(".time li").first().textContent(), /Từ chối \(Ngại thuế\)/);
  assert.deepEqual(page.complaints.filter((text) => !text.includes("422")), []);
});

test("a photo of the sticker posts it, a foreign code fills the screen, the vendor freezes", async () => {
  const page = await signedIn(browser, demo, "volunteer", PHONE);
  const stall = await stallPath(page, demo, "ma");
  await page.goto(demo.address + stall);
  await page.locator("details.corrections > summary").click();
  await page.locator("details.ask:has(form[action$='/vendor-link']) > summary").click();
  await page.locator("form[action$='/vendor-link'] button").click();
  const link = (await page.locator(".link-card .wrap").textContent()).trim();
  const vendor = await freshPage(browser, { javaScriptEnabled: false, viewport: PHONE });
  await vendor.goto(link);
  const picture = await vendor.request.get(new URL(await vendor.locator("a[download]").getAttribute("href"), link).href);

  await page.goto(demo.address + stall);
  await check(page, async () => {
    await page.setInputFiles("#photo", { name: "sticker.png", mimeType: "image/png", buffer: await picture.body() });
    assert.equal(await page.locator("output[data-file-name]").textContent(), "sticker.png", "the field says which photo it holds");
  });
  assert.equal(await page.locator("h1").textContent(), "KHỚP");
  await page.goto(demo.address + stall);
  assert.match(await page.locator(".head").textContent(), /Đã dán mã/);

  await check(page, () => page.fill("#payload", transferCode("970422", "9990000000482")));
  assert.equal(await page.locator("h1").textContent(), "LỆCH MÃ");
  assert.match(await page.locator("dl").textContent(), /MB ?Bank.*…0482/);
  await page.goto(demo.address + stall);
  assert.match(await page.locator(".head .pill").first().textContent(), /LỆCH MÃ/);

  await vendor.goto(link);
  await vendor.locator("details.ask > summary").click();
  await vendor.locator("form[action$='/freeze'] button").click();
  assert.ok(await vendor.locator(".note.bad").isVisible());
  assert.equal(await vendor.locator(".code-box").count(), 0, "a frozen code is not shown");
  assert.deepEqual(page.complaints, []);
});

test("the office opens a stall beside the map, with one filter for both, and without a script", async () => {
  const page = await signedIn(browser, demo, "ward_official", { width: 1280, height: 800 }, { javaScriptEnabled: false });
  const market = await marketOf(page, demo);
  await page.goto(`${demo.address}${market}?progress=postponed`);
  const listed = await page.locator(".list a").count();
  assert.equal(await page.locator(".cells a:not(.dim)").count(), listed);
  await page.locator(".list a").nth(1).click();
  const code = await page.locator(".list a[aria-current] .k").textContent();
  assert.match(await page.locator(".drawer header").textContent(), new RegExp(code));
  assert.ok((await page.locator(".drawer .time li").count()) > 0, "its time line is told");
  assert.equal(await page.locator(".list a").count(), listed, "the filter stays");
  await page.locator(".drawer header a").click();
  assert.equal(await page.locator(".drawer").count(), 0);
  await page.goto(`${demo.address}${market}?q=${encodeURIComponent("nong thi")}`);
  const found = await page.locator(".list a").allTextContents();
  assert.ok(found.length > 0 && found.every((text) => text.includes("Nông Thị")), found.join(" | "));
});

test("a to-do of the ward leads to just those stalls", async () => {
  const page = await signedIn(browser, demo, "ward_official");
  const item = page.locator(".todo a", { hasText: "có mã, chưa dán" });
  const count = Number(await item.locator(".k").textContent());
  await item.click();
  assert.equal(await page.locator(".list a").count(), count);
});
