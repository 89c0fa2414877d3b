// Draws docs/screenshots anew: `npm run screenshots`. What fits the window, no more: pictures of pages, not scrolls.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshPage, marketOf, printAndRead, signedIn, stallPath, startBrowser, startDemo, transferCode } from "./harness.mjs";

const out = resolve(import.meta.dirname, "../../docs/screenshots");
mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) rmSync(join(out, old));
const demo = await startDemo();
const browser = await startBrowser();
for (const viewport of [{ width: 360, height: 640 }, { width: 1280, height: 800 }]) {
  const shooter = (page) => async (name, path) => {
    if (path) await page.goto(demo.address + path);
    await page.screenshot({ path: join(out, `${name}-${viewport.width}.png`) });
  };

  const official = await signedIn(browser, demo, "ward_official", viewport);
  const office = shooter(official);
  const market = await marketOf(official, demo);
  const wrong = await stallPath(official, demo, "lech");
  await office("ward", "/");
  await office("market", `${market}?stall=${wrong.split("/").at(-1)}`);
  await official.goto(`${demo.address}${market}/print?start_at=3`, { waitUntil: "networkidle" });
  await office("print");
  await office("staff", "/staff");
  await office("banks", "/banks?q=BVB");
  await official.goto(`${demo.address}/review`);
  await official.locator(".queue a").first().click();
  await official.waitForSelector(".decide");
  await office("review");

  const volunteer = await signedIn(browser, demo, "volunteer", viewport);
  const field = shooter(volunteer);
  await field("field-market", market);
  const stall = await stallPath(volunteer, demo, "chua");
  await field("field-stall", stall);
  await field("enrol", `${stall}/enrol`);
  await volunteer.fill("#full_name", "Nguyễn Thị Hoà");
  await volunteer.fill("#payload0", transferCode("970436", `999000012${viewport.width}`));
  await volunteer.click("label[for=issue_code]");
  await volunteer.click("button.go.big");
  await volunteer.waitForSelector("main.show");
  await field("field-code");
  const link = (await volunteer.locator(".link-card .wrap").textContent()).trim();
  for (const [name, payload] of [["field-match", transferCode("970436", `999000012${viewport.width}`)], ["field-mismatch", transferCode("970422", "9990000000482")]]) {
    await volunteer.goto(demo.address + stall);
    await volunteer.locator("details.act:has(form[action$='/check']) > summary").click();
    await volunteer.fill("#payload", payload);
    await volunteer.locator("form[action$='/check'] button").click();
    await volunteer.waitForSelector("main.full");
    await field(name);
  }

  const nobody = await freshPage(browser, { viewport });
  await nobody.goto(link);
  await shooter(nobody)("vendor");
  await nobody.goto(`${link}/amount?amount=45.000`);
  await shooter(nobody)("amount");
  await shooter(nobody)("sign-in", "/sign-in");
  const seen = await printAndRead(official, demo, market, { choose: (page) => page.locator("label.chip:has(input[value=all])").click(), resolutions: ["300"] });
  await nobody.goto(seen.zxing.find((text) => text.includes("/s/")));
  await shooter(nobody)("check-link");
}
await browser.close();
demo.stop();
