// Coming in, and being let in again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freshPage, signIn, signedIn, startBrowser, startDemo } from "./harness.mjs";

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  demo?.stop();
});

test("a forgotten password comes back by a one-time link", async () => {
  const { username, password } = demo.people.volunteer;
  const official = await signedIn(browser, demo, "ward_official");
  await official.goto(`${demo.address}/staff`);
  await official.locator("tr", { has: official.getByText(username, { exact: true }) }).locator("input[name=staff_id]").check();
  await official.click("button[form=slips]");
  const link = (await official.locator(".slip .wrap").textContent()).trim();

  const volunteer = await freshPage(browser, { viewport: { width: 360, height: 640 } });
  await volunteer.goto(link);
  for (const field of ["#password", "#again"]) await volunteer.fill(field, "ca-kho-to-ngon");
  await volunteer.click("button.go");
  assert.match(new URL(volunteer.url()).pathname, /^\/markets\//);

  const again = await freshPage(browser);
  await again.goto(`${demo.address}/sign-in`);
  await again.fill("#username", username);
  await again.fill("#password", password);
  await again.click("button.go");
  assert.ok(await again.locator("[role=alert]").isVisible(), "the old password is gone");
  assert.equal(await again.inputValue("#username"), username, "what was typed is still there");
  await signIn(again, demo.address, { username, password: "ca-kho-to-ngon" });
});

test("slips for twenty volunteers fit on one page", async () => {
  const official = await signedIn(browser, demo, "ward_official");
  await official.goto(`${demo.address}/staff/new`);
  const scope = await official.locator("#scope option", { hasText: "Chợ Bắc Kạn" }).getAttribute("value");
  for (let number = 1; number <= 20; number++) {
    const form = { full_name: `Nguyễn Hoàng Phương Thuỳ ${number}`, username: `thuy${number}`, role: "volunteer", scope };
    assert.ok((await official.request.post(`${demo.address}/staff`, { form, headers: { Origin: demo.address } })).ok());
  }
  await official.goto(`${demo.address}/staff`);
  for (const box of await official.locator("tr", { hasText: "Thuỳ" }).locator("input[name=staff_id]").all()) await box.check();
  await official.click("button[form=slips]");
  assert.equal(await official.locator(".slip").count(), 20);
  const folder = mkdtempSync(join(tmpdir(), "choqr-slips-"));
  try {
    await official.pdf({ path: join(folder, "slips.pdf"), preferCSSPageSize: true });
    const told = execFileSync("pdfinfo", [join(folder, "slips.pdf")], { encoding: "utf8" });
    assert.match(told, /Pages:\s+1\n/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
