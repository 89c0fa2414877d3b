// The main job, as its people do it: enrol, count, print, scan, hand over.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodes, signedIn, startBrowser, startDemo } from "./harness.mjs";

// NAPAS VietQR v1.0 §6.1.1 with its inner length put right.
const NAPAS = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
let demo, browser, folder;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "choqr-print-"));
});
after(async () => {
  await browser?.close();
  demo?.stop();
  rmSync(folder, { recursive: true, force: true });
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

  assert.equal(await withCode(official), before + 1);

  const market = await official.locator("th a[href^='/markets/']").first().getAttribute("href");
  await official.goto(`${demo.address}${market}/print`);
  const [drawn] = await Promise.all([
    official.waitForResponse((response) => response.url().endsWith(".pdf")),
    official.click("button.go", { noWaitAfter: true }),
  ]);
  const pdf = await official.request.get(drawn.url());
  assert.equal(pdf.status(), 200);
  writeFileSync(join(folder, "sheet.pdf"), await pdf.body());
  // Two resolutions, as a phone takes more than one frame.
  for (const dpi of ["300", "200"]) execFileSync("pdftoppm", ["-r", dpi, "-png", join(folder, "sheet.pdf"), join(folder, `page-${dpi}`)]);
  const seen = { zxing: [], zbar: [] };
  for (const page of readdirSync(folder).filter((file) => file.endsWith(".png"))) {
    const found = decodes(join(folder, page));
    seen.zxing.push(...found.zxing);
    seen.zbar.push(...found.zbar);
  }
  assert.ok(seen.zbar.includes(NAPAS), "zbar reads the stored payload byte for byte");
  assert.ok(seen.zxing.includes(NAPAS), "zxing-cpp reads the stored payload byte for byte");

  const vendor = await (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } })).newPage();
  await vendor.goto(link);
  assert.ok(await vendor.locator(".code-box svg").isVisible());
  await vendor.locator(`form[action$="/confirm"] button`).click();
  assert.ok(await vendor.locator("p.say").first().isVisible());
  assert.deepEqual([...official.complaints, ...volunteer.complaints], []);
});
