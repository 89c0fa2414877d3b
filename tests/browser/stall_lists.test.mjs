// A lead imports the board's list: chooses the file, sees every row, puts one right, writes, and takes it back. Then builds a row on a
// phone, merges and splits, and gives rows to a volunteer. All of it without a script, too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { marketOf, signedIn, startBrowser, startDemo } from "./harness.mjs";

let demo, browser, page, market;
const file = (name) => join(import.meta.dirname, "../data/stall_lists", name);

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  page = await signedIn(browser, demo, "lead", { width: 1280, height: 800 });
  market = await marketOf(page, demo);
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const serious = async (where) => {
  // Evaluated through the debugger, which the page's own policy does not bind.
  await where.evaluate(axe);
  return where.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 140)}`);
  });
};

/** Nothing stands beyond the right edge. */
const fits = (where) => where.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

async function preview(where, name) {
  await where.goto(`${demo.address}${market}/lists`);
  await where.setInputFiles("#file", file(name));
  await where.click("main form button.go");
  await where.waitForSelector("table.listed");
}

const chip = async (where, words) => Number(await where.locator(".filters a", { hasText: words }).locator("b").innerText());

test("a workbook is previewed row by row, put right, written and taken back", async () => {
  await page.goto(`${demo.address}${market}`);
  const stalls = await page.locator(".cells a").count();
  await preview(page, "dirty_stalls.xlsx");
  assert.deepEqual(await serious(page), []);
  const look = await chip(page, "Cần xem");
  assert.match(await page.locator("tr", { hasText: "TrÇn ThÞ" }).innerText(), /Trần Thị Thanh Hương/u);

  // A row whose bank nobody knows: the person types what the vendor said.
  await page.click(".filters a:has-text('Cần xem')");
  const row = page.locator("tr", { hasText: "NH xã" });
  assert.match(await row.innerText(), /Chưa rõ ngân hàng nào/u);
  await row.locator("a").click();
  assert.deepEqual(await serious(page), []);
  await page.fill("#bank", "Agribank");
  await page.fill("#account", "9996987687001");
  await page.click("button[value=save]");
  await page.waitForSelector("table.listed");
  assert.equal(await chip(page, "Cần xem"), look - 1);

  // Nothing of the list is in the book before it is written.
  const count = Number((await page.locator(".decide .go").innerText()).match(/\d+/u)[0]);
  assert.ok(count > 0);
  await page.click(".decide .go");
  await page.waitForSelector(".note.ok");
  assert.match(await page.locator(".note.ok").innerText(), /sạp mới/u);
  await page.click("a.btn.go");
  await page.waitForSelector(".cells a");
  const after = await page.locator(".cells a").count();
  await page.goBack();
  await page.click("button:has-text('Hoàn tác')");
  await page.waitForSelector(".note.ok:has-text('Đã hoàn tác')");
  await page.goto(`${demo.address}${market}`);
  assert.equal(await page.locator(".cells a").count(), stalls);
  assert.ok(after >= stalls);
});

test("columns that were guessed wrong are chosen again, and a file that is no list says what to do", async () => {
  await page.goto(`${demo.address}${market}/lists`);
  await page.setInputFiles("#file", { name: "ds.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") });
  await page.click("main form button.go");
  assert.match(await page.locator("[role=alert]").innerText(), /không phải .xlsx hay .csv/u);

  const rows = "a,b\nZ1-01,Lý Thị Liên\nZ1-02,Hà Thị Đào\n";
  await page.setInputFiles("#file", { name: "ds.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
  await page.click("main form button.go");
  await page.waitForSelector(".columns");
  if (!(await page.locator(".columns[open]").count())) await page.click(".columns summary");
  await page.selectOption("#c0", "stall");
  await page.selectOption("#c1", "name");
  await page.click(".columns button");
  await page.waitForSelector("table.listed");
  assert.match(await page.locator("table.listed").innerText(), /Hà Thị Đào/u);
  await page.click("button:has-text('Bỏ tệp này')");
  await page.waitForURL(/\/lists$/u);
});

test("on a phone a row is built, two stalls are merged, one is split, and each step is taken back", async () => {
  const phone = await signedIn(browser, demo, "lead", { width: 360, height: 640 });
  await phone.goto(`${demo.address}${market}/rows`);
  await phone.fill("#prefix", "Z1");
  await phone.fill("#from", "1");
  await phone.fill("#to", "4");
  await phone.click("main form button.go");
  await phone.goto(`${demo.address}${market}/plan`);
  const places = () => phone.locator(".plan a", { hasText: "Z1-" }).count();
  assert.equal(await places(), 4);
  assert.deepEqual(await serious(phone), []);
  assert.ok(await fits(phone));

  await phone.locator(".plan a", { hasText: "Z1-02" }).click();
  assert.ok(await fits(phone));
  assert.deepEqual(await serious(phone), []);
  await phone.click("button:has-text('Gộp với Z1-03')");
  await phone.waitForSelector("svg.plan");
  assert.equal(await places(), 3);
  await phone.locator(".plan a", { hasText: "Z1-02" }).click();
  await phone.fill("#split-code", "Z1-02B");
  await phone.click("button:has-text('Tách ra')");
  await phone.waitForSelector("svg.plan");
  assert.equal(await places(), 4);
  await phone.locator(".plan a", { hasText: "Z1-04" }).click();
  await phone.click("button:has-text('Thêm sau Z1-04')");
  await phone.waitForSelector("svg.plan");
  assert.equal(await places(), 5);
  for (const left of [4, 3, 4, 0]) {
    await phone.click("button:has-text('Hoàn tác')");
    await phone.waitForSelector("svg.plan");
    assert.equal(await places(), left);
  }
  await phone.context().close();
});

test("a row is given to a volunteer, with and without a script", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const where = await signedIn(browser, demo, "lead", { width: 1280, height: 800 }, { javaScriptEnabled });
    await where.goto(`${demo.address}${market}/assign`);
    if (javaScriptEnabled) assert.deepEqual(await serious(where), []);
    const name = javaScriptEnabled ? "Nguyễn Thu Lan" : "Hoàng Minh Quân";
    await where.locator("select[name=who]").first().selectOption({ label: name });
    await where.click("button.go");
    await where.waitForSelector(".note.ok");
    assert.equal(await where.locator("select[name=who]").first().evaluate((select) => select.selectedOptions[0].label), name);
    await where.context().close();
  }
});
