// English by a switch: whole pages, nothing left behind.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { freshPage, marketOf, signedIn, stallPath, startBrowser, startDemo } from "./harness.mjs";

const locales = resolve(import.meta.dirname, "../../assets/locales");
let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

/** Every Vietnamese phrase of ours that English says otherwise: two words or more, and none that the market's own data use. */
function phrases() {
  const found = [];
  const data = readFileSync(resolve(locales, "../data/sample/stalls.csv"), "utf8");
  for (const file of readdirSync(join(locales, "vi"))) {
    const [vi, en] = ["vi", "en"].map((lang) => JSON.parse(readFileSync(join(locales, lang, file), "utf8")));
    for (const [key, text] of Object.entries(vi)) {
      if (text !== en[key] && text.includes(" ") && !text.includes("{") && !data.includes(text)) found.push(text);
    }
  }
  return found;
}

test("after the switch no Vietnamese phrase of ours is left on any page", async () => {
  const page = await signedIn(browser, demo, "ward_official");
  await page.click(".who > summary");
  await page.click(".who form[action='/language'] button");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  const market = await marketOf(page, demo);
  const paths = ["/", "/markets", "/markets/new", market, `${market}/rows`, `${market}/edit`, `${market}/print`, "/review", "/staff", "/staff/new", "/markets/none"];
  for (const look of ["chua", "dung", "lech"]) paths.push(await stallPath(page, demo, look));
  paths.push(`${paths.at(-3)}/enrol`, `${market}?stall=${paths.at(-1).split("/").at(-1)}`);
  await page.goto(`${demo.address}/review`);
  paths.push(await page.locator(".queue a").first().getAttribute("href"));
  const vietnamese = phrases();
  assert.ok(vietnamese.length > 100);
  for (const path of paths) {
    await page.goto(demo.address + path);
    // What a vendor agrees to is kept word for word in the language in which it was agreed to.
    const text = await page.evaluate(() => [...document.querySelectorAll("[lang=vi]")].reduce((all, node) => all.replace(node.innerText, ""), document.body.innerText)
      + [...document.querySelectorAll("[placeholder], [aria-label], option, title")].map((node) => [node.getAttribute("placeholder"), node.getAttribute("aria-label"), node.textContent].join(" ")).join(" "));
    assert.deepEqual(vietnamese.filter((phrase) => text.includes(phrase)), [], path);
  }
});

test("a visitor whose browser asks for English is met in English", async () => {
  const page = await freshPage(browser, { locale: "en-GB" });
  await page.goto(`${demo.address}/sign-in`);
  assert.equal(await page.locator("h1").textContent(), "Sign in");
  await page.click("footer form button");
  assert.equal(await page.locator("h1").textContent(), "Đăng nhập");
});
