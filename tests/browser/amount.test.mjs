// The vendor types what the customer owes: with the network gone, and with no script at all, the code says the same.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, decodes, freshPage, signedIn, stallPath, startBrowser, startDemo } from "./harness.mjs";

// NAPAS VietQR v1.0 §6.1.1 with its inner length put right.
const NAPAS = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
const wanted = execFileSync(binary, ["qr", "encode", "--bank", "970403", "--account", "0011012345678", "--amount", "45000"], { encoding: "utf8" }).trim();
let demo, browser, folder, link;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "choqr-amount-"));
  const volunteer = await signedIn(browser, demo, "volunteer", { width: 360, height: 640 });
  const stall = await stallPath(volunteer, demo, "chua");
  await volunteer.goto(`${demo.address}${stall}/enrol`);
  const name = volunteer.locator("#full_name");
  if (await name.count()) await name.fill("Nguyễn Thị Hoà");
  await volunteer.fill("#payload0", NAPAS);
  await volunteer.click("label[for=issue_code]");
  await volunteer.click("button.go.big");
  await volunteer.waitForSelector(".show-code svg");
  link = (await volunteer.locator(".link-card .wrap").textContent()).trim();
});
after(async () => {
  await browser?.close();
  demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function scan(page, name) {
  const png = join(folder, name);
  await page.locator(".code-box").screenshot({ path: png });
  return decodes(png);
}

test("the amount page works without a network once it is there", async () => {
  const page = await freshPage(browser, { viewport: { width: 360, height: 640 } });
  await page.goto(link);
  await page.click("a[href*='/amount']");
  await page.waitForURL(/amount/);
  await page.context().setOffline(true);
  await page.fill("#amount", "45.000");
  await page.waitForFunction(() => document.querySelector("[data-amount-said]")?.textContent === "45.000 đ");
  const seen = await scan(page, "offline.png");
  assert.ok(seen.zxing.includes(wanted) && seen.zbar.includes(wanted), JSON.stringify(seen));

  await page.fill("#amount", "500.000.000");
  await page.waitForFunction(() => document.querySelector("#amount-err")?.textContent !== "");
  await page.fill("#amount", "");
  await page.waitForFunction(() => document.querySelector("#amount-err")?.textContent === "");
  assert.ok((await scan(page, "static.png")).zxing.includes(NAPAS), "without an amount it is the vendor's own code");
  assert.deepEqual(page.complaints, []);
});

test("without a script the server makes the same code", async () => {
  const page = await freshPage(browser, { viewport: { width: 360, height: 640 }, javaScriptEnabled: false });
  await page.goto(`${link}/amount`);
  await page.fill("#amount", "45k");
  await page.click("button.go");
  assert.equal((await page.locator("[data-amount-said]").textContent()).trim(), "45.000 đ");
  assert.ok((await scan(page, "server.png")).zxing.includes(wanted));
});

test("a payer's phone opens a bank app with the account filled in", async () => {
  const page = await freshPage(browser, { viewport: { width: 360, height: 640 } });
  await page.goto(link);
  const links = await page.locator("a[href*='/pay?']").evaluateAll((all) => all.map((a) => a.href));
  assert.ok(links.length >= 5);
  for (const href of links) {
    const answer = await page.request.get(`${href}&amount=45000`, { maxRedirects: 0 });
    const target = new URL(answer.headers()["location"]);
    assert.equal(`${target.origin}${target.pathname}`, "https://dl.vietqr.io/pay");
    assert.equal(target.searchParams.get("ba"), "0011012345678@stb");
    assert.equal(target.searchParams.get("am"), "45000");
  }
});
