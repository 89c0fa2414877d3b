// The official's morning: read the dashboard, look at another period, take the report out in each format. Without a script, within
// its weight, without barriers, and on paper.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { marketOf, signedIn, startBrowser, startDemo } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MOST_BYTES = 120_000;
let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

/** Follows a link that downloads, and gives what came. */
async function download(page, name, read) {
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  const folder = mkdtempSync(join(tmpdir(), "choqr-report-"));
  try {
    const path = join(folder, saved.suggestedFilename());
    await saved.saveAs(path);
    return read(path, saved.suggestedFilename());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("an official reads the dashboard and takes the report out, without a script", async () => {
  const page = await signedIn(browser, demo, "ward_official", undefined, { javaScriptEnabled: false });
  const weights = [];
  page.on("response", async (answer) => weights.push((await answer.body().catch(() => Buffer.alloc(0))).length));
  await page.goto(`${demo.address}/`, { waitUntil: "networkidle" });
  const total = weights.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(total <= MOST_BYTES, `the dashboard weighs ${total} bytes`);
  assert.match(await page.locator(".tiles").textContent(), /\d+\/\d+ sạp/);
  assert.match(await page.locator(".tiles + .foot").textContent(), /Mẫu số: \d+ sạp đang kinh doanh, chốt .*thực địa .*tự khai .*đối tác/);
  for (const words of ["12 tuần qua", "Đến bước nào, dừng ở đâu", "Vì sao chưa có mã", "Còn dùng sau khi dán", "Ngân hàng, ví", "An toàn mã", "Tình nguyện viên", "Quá hạn"]) {
    assert.ok(await page.getByRole("heading", { name: words, exact: true }).count(), words);
  }
  await page.locator("details.data > summary").first().click();
  assert.equal(await page.locator("details.data[open] tbody tr").count(), 12, "twelve weeks in the table under the line");

  await page.selectOption("select[name=period]", { index: 6 });
  await page.getByRole("button", { name: "Xem" }).click();
  await page.waitForURL(/period=/);
  assert.match(await page.locator(".tiles + .foot").textContent(), /^Tháng \d+\/\d+/);

  await page.getByRole("link", { name: "Lập báo cáo" }).click();
  await page.waitForURL(/\/report/);
  assert.ok(await page.locator(".a4 svg text").count());
  const words = await download(page, "Tải PDF", (path) => execFileSync("pdftotext", [path, "-"], { encoding: "utf8" }));
  assert.match(words, /CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM[\s\S]*KẾT QUẢ THỰC HIỆN[\s\S]*Nơi nhận/);
  const xlsx = await download(page, "Tải bảng Excel", (path) => readFileSync(path));
  assert.equal(xlsx.subarray(0, 2).toString(), "PK");
  const csv = await download(page, "Tải CSV", (path, name) => `${name}\n${readFileSync(path, "utf8")}`);
  assert.match(csv, /^bao-cao-\d{5}-\d{4}-\d\d\.csv\n\ufeffTổng hợp\r\n/);
  assert.match(csv, /\*\*\*\*\d{4}/);
  await page.context().close();
});

for (const [role, path] of [["ward_official", "/"], ["market_board", "figures"], ["province", "/"], ["operator", "/nation"]]) {
  test(`the dashboard of the ${role} has no barriers, weighs little, prints on A4`, async () => {
    const page = await signedIn(browser, demo, role);
    const url = path === "figures" ? `${await marketOf(page, demo)}/figures` : path;
    const weights = [];
    page.on("response", async (answer) => weights.push((await answer.body().catch(() => Buffer.alloc(0))).length));
    await page.goto(demo.address + url, { waitUntil: "networkidle" });
    const total = weights.reduce((sum, bytes) => sum + bytes, 0);
    assert.ok(total <= MOST_BYTES, `${url} weighs ${total} bytes`);
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map((v) => `${v.impact} ${v.id}: ${v.nodes[0].html.slice(0, 120)}`));
    assert.deepEqual(found.filter((text) => /^(serious|critical)/.test(text)), []);
    const folder = mkdtempSync(join(tmpdir(), "choqr-paper-"));
    try {
      await page.pdf({ path: join(folder, "page.pdf"), preferCSSPageSize: true, printBackground: false });
      const info = execFileSync("pdfinfo", [join(folder, "page.pdf")], { encoding: "utf8" });
      assert.match(info, /Page size: +59[45]\.?\d* x 84[12]/);
      if (process.env["SHOTS"]) {
        await page.screenshot({ path: join(process.env["SHOTS"], `${role}.png`), fullPage: true });
        execFileSync("pdftoppm", ["-r", "50", "-gray", "-png", join(folder, "page.pdf"), join(process.env["SHOTS"], `paper-${role}`)]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await page.context().close();
  });
}
