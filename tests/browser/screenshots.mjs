// Draws docs/screenshots anew: `npm run screenshots`.
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { signedIn, startBrowser, startDemo } from "./harness.mjs";

const out = resolve(import.meta.dirname, "../../docs/screenshots");
mkdirSync(out, { recursive: true });
const demo = await startDemo();
const browser = await startBrowser();
for (const viewport of [{ width: 360, height: 640 }, { width: 1280, height: 800 }]) {
  const page = await signedIn(browser, demo, "ward_official", viewport);
  const shot = (name) => page.screenshot({ path: join(out, `${name}-${viewport.width}.png`) });
  await shot("ward");
  const market = await page.locator("th a").first().getAttribute("href");
  await page.goto(demo.address + market);
  await shot("market");
  const stall = await page.locator(".cells a.dung").first().getAttribute("href");
  const empty = await page.locator(".cells a.chua").first().getAttribute("href");
  for (const [name, path] of [["stall", stall], ["enrol", `${empty}/enrol`], ["print", `${market}/print`], ["staff", "/staff"]]) {
    await page.goto(demo.address + path);
    await shot(name);
  }
  await page.goto(`${demo.address}/review`);
  await page.locator(".queue a").first().click();
  await shot("review");
  await page.goto(demo.address + stall);
  await page.locator("details.card summary").click();
  page.on("dialog", (dialog) => dialog.accept());
  await page.locator("form[action$='/vendor-link'] button").click();
  const link = (await page.locator(".link-card .wrap").textContent()).trim();
  await page.goto(link);
  await shot("vendor");
  const nobody = await browser.newPage({ viewport, locale: "vi-VN" });
  await nobody.goto(`${demo.address}/sign-in`);
  await nobody.screenshot({ path: join(out, `sign-in-${viewport.width}.png`) });
}
copyFileSync(join(out, "market-1280.png"), join(out, "market.png"));
await browser.close();
demo.stop();
