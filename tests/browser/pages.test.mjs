// Every page at both sizes: nothing overflows, nobody is shut out, the browser has nothing to complain of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { signedIn, startBrowser, startDemo } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

/** The pages of a person, found by following their own links. */
async function pagesOf(page, role) {
  const paths = new Set(["/"]);
  const add = (path) => { if (path) paths.add(path); };
  if (role === "province") return [...paths];
  if (role === "operator") return ["/staff", "/staff/new", "/markets", "/markets/new"];
  await page.goto(`${demo.address}/markets`);
  const market = await page.locator("th a").first().getAttribute("href");
  for (const path of ["/markets", market]) add(path);
  await page.goto(demo.address + market);
  const stall = await page.locator(".cells a.dung").first().getAttribute("href");
  const wrong = await page.locator(".cells a.lech").first().getAttribute("href");
  add(stall);
  add(wrong);
  if (role === "market_board" || role === "ward_official") for (const path of ["/edit", "/rows", "/print"]) add(market + path);
  if (role === "ward_official") {
    for (const path of ["/markets/new", "/review", "/staff", "/staff/new", `${stall}/enrol`, "/markets/mkt_khong-co"]) add(path);
    await page.goto(`${demo.address}/review`);
    add(await page.locator(".queue a").first().getAttribute("href"));
    await page.goto(demo.address + stall);
    await page.locator("details.card summary").click();
    add(await page.locator("a[href^='/vendors/']").first().getAttribute("href"));
  }
  return [...paths];
}

for (const viewport of [{ width: 360, height: 640 }, { width: 1280, height: 800 }]) {
  for (const role of ["volunteer", "market_board", "ward_official", "province", "operator"]) {
    test(`${role} at ${viewport.width}×${viewport.height}`, async () => {
      const page = await signedIn(browser, demo, role, viewport);
      for (const path of await pagesOf(page, role)) {
        await page.goto(demo.address + path);
        const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
        assert.ok(width <= viewport.width, `${path} is ${width} px wide`);
        await audit(page, path);
      }
      const complaints = page.complaints.filter((text) => !text.includes("404"));
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  }
}

async function audit(page, path) {
  // Evaluated through the debugger, which the page's own policy does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 140)).join(" | ")}`);
  });
  assert.deepEqual(found, [], path);
}

test("the sign-in page has no barriers", async () => {
  const page = await browser.newPage();
  await page.goto(`${demo.address}/sign-in`);
  await audit(page, "/sign-in");
  await page.close();
});
