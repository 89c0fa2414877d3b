// Printing as its people do it: choose a design, see it with real data, print, download; and what stands in the way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { marketOf, signedIn, stallPath, startBrowser, startDemo } from "./harness.mjs";

let demo, browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

const isDrawn = (image) => image.evaluate((node) => node.complete && node.naturalWidth > 0);
/** Makes a choice and waits until the page shows what it leads to. */
async function choose(page, act) {
  await Promise.all([page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith("/print")), act()]);
}

/** The words of a PDF. */
async function words(saved) {
  const folder = mkdtempSync(join(tmpdir(), "choqr-printing-"));
  try {
    await saved.saveAs(join(folder, "sheet.pdf"));
    return execFileSync("pdftotext", ["-layout", join(folder, "sheet.pdf"), "-"], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a design is chosen, seen with the vendor's own data, printed and downloaded", async () => {
  const page = await signedIn(browser, demo, "lead");
  const market = await marketOf(page, demo);
  await page.goto(`${demo.address}${market}/print?filter=all`);
  const stage = page.locator(".stage img");
  await stage.evaluate((node) => node.decode());
  const before = await stage.getAttribute("src");
  assert.ok(await isDrawn(stage));
  for (const picture of await page.locator(".which-design > .designs img").all()) {
    await picture.scrollIntoViewIfNeeded();
    await picture.evaluate((node) => node.decode());
  }

  for (const [start, used] of [["2", 1], ["1", 0]]) {
    await choose(page, () => page.fill("#start_at", start));
    await page.waitForFunction((count) => document.querySelectorAll(".sheet rect.used").length === count, used);
  }
  assert.ok(await page.locator("#start_at").evaluate((node) => node === document.activeElement), "the focus stays where one types");
  await choose(page, () => page.locator(".designs label:has(input[value=card_a6])").click());
  await page.waitForFunction((old) => document.querySelector(".stage img")?.getAttribute("src") !== old, before);
  assert.match(page.url(), /design=card_a6/, "the choice sits in the address");
  await stage.evaluate((node) => node.decode());
  assert.ok(await isDrawn(stage));
  await page.waitForSelector(".sheet text.on");
  const stalls = await page.locator(".sheet text.on").allTextContents();
  await page.click("#part-make button");
  await page.waitForURL(/\/print-batches\//);
  assert.deepEqual((await page.locator(".tbl tbody th").allTextContents()).slice(0, stalls.length), stalls);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("form[data-download] button.go")]);
  const serial = await page.locator(".tbl tbody td").first().textContent();
  assert.ok((await words(saved)).includes(serial), serial);
  await page.waitForFunction(() => {
    const bar = document.querySelector("progress");
    return bar && !bar.closest("[hidden]") && bar.value === bar.max;
  });
  assert.deepEqual(page.complaints, []);
});

test("without a script the same is done by buttons", async () => {
  const page = await signedIn(browser, demo, "market_board", { width: 360, height: 640 }, { javaScriptEnabled: false });
  const market = await marketOf(page, demo);
  await page.goto(`${demo.address}${market}/print?filter=all`);
  await page.locator(".designs label:has(input[value=card_a6])").click();
  await page.locator("button[data-look]").last().click();
  assert.match(page.url(), /design=card_a6/);
  await page.locator("#part-make button").click();
  assert.match(new URL(page.url()).pathname, /^\/print-batches\//);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("form[data-download] button.go")]);
  assert.match(await words(saved), /VH-\d{4}/);
});

test("one code is printed from its stall", async () => {
  const page = await signedIn(browser, demo, "lead");
  await page.goto(demo.address + await stallPath(page, demo, "ma"));
  const stall = (await page.locator("h1").textContent()).trim();
  await page.locator("a[href*='/print?code=']").first().click();
  assert.equal(await page.locator("input[name=filter]").count(), 0);
  assert.equal(await page.locator(".sheet text.on").count(), 1, stall);
  if (await page.locator("#sure").count()) await page.check("#sure");
  await page.click("#part-make button");
  await page.waitForURL(/\/print-batches\//);
  assert.equal(await page.locator(".tbl tbody tr").count(), 1);
});
