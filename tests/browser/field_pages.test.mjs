// Every screen of the field app, as people with small phones, large letters or no touch screen meet it; and what it weighs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startDemo, transferCode } from "./harness.mjs";
import { allSent, bindPhone, cells, phonePage, startPhone } from "./phone.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What a phone may have to fetch before it can work, in bytes on the wire (field reference: one bar of signal). */
const FIRST_LOAD = 60_000;

let demo;
let phone;
before(async () => {
  demo = await startDemo();
  phone = await startPhone({ picture: "wall" });
});
after(async () => {
  await phone.stop();
  demo.stop();
});

/** Looks at a screen: nobody is shut out, at 360 px, at 320 px, and with letters twice as large nothing is cut off. */
async function look(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 140)).join(" | ")}`);
  });
  assert.deepEqual(found, [], name);
  const beyond = (width) => page.evaluate((most) => [...document.querySelectorAll("h1, h2, p, a, button, input, textarea, li, label")]
    .filter((node) => node.checkVisibility() && !node.closest(".sr, .grid5, .strip") && node.getBoundingClientRect().right > most + 1)
    .map((node) => node.outerHTML.slice(0, 100)), width);
  for (const width of [320, 360]) {
    await page.setViewportSize({ width, height: 640 });
    assert.deepEqual(await beyond(width), [], `${name} at ${width} px`);
  }
  // 200 % of a 640 px window is a 320 px one with twice the letters; of a phone it is the letters alone.
  await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
  assert.deepEqual(await beyond(360), [], `${name} with letters of 200 %`);
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
}

test("every screen is usable by everybody", async () => {
  const context = await phone.newContext();
  const page = await phonePage(context);
  await page.goto(`${demo.address}/dd/`);
  await page.waitForSelector("h1");
  await look(page, "the door");
  await bindPhone(page, demo);
  await look(page, "today");
  const [fresh] = await cells(page, "chua");
  const [posted] = await cells(page, "dan");
  const show = async (hash, there) => {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForSelector(there);
    await look(page, hash);
  };
  await show("#/rows", "input[type=checkbox]");
  await show(`#/stall/${fresh.id}`, `a[href='#/enrol/${fresh.id}']`);
  await show(`#/stall/${posted.id}`, ".codes-l");
  for (const outcome of ["declined", "postponed", "other"]) await show(`#/visit/${fresh.id}/${outcome}`, "main button");
  await show(`#/enrol/${fresh.id}`, "button:has-text('Dán mã')");
  await page.click("button:has-text('Dán mã')");
  await page.fill("#pasted", "khong phai ma");
  await page.click("button:has-text('Dùng')");
  await look(page, "a code that cannot be read");
  await page.fill("#pasted", transferCode("970415", "9990000770001"));
  await page.click("button:has-text('Dùng')");
  await page.waitForSelector(".bankcard");
  await look(page, "what is read together");
  await page.click("button:has-text('Xong')");
  await look(page, "a consent that is missing");
  await page.check("#agree-issue_code");
  await page.click("button:has-text('Xong')");
  await page.waitForSelector(".trail .done");
  await look(page, "the new code");
  await allSent(page);
  await show(`#/typed/${fresh.id}`, "#again");
  await show(`#/verify/${posted.id}`, "button:has-text('Dán mã')");
  for (const [account, verdict] of [["9990000000482", "a code of somebody else"]]) {
    await page.click("button:has-text('Dán mã')");
    await page.fill("#pasted", transferCode("970422", account));
    await page.click("button:has-text('Dùng')");
    await page.waitForSelector("main.full, .note, main button");
    await look(page, verdict);
  }
  await show("#/outbox", ".queue li");
  await show("#/me", "button:has-text('Đăng xuất'), main section");
  assert.deepEqual(page.complaints.filter((text) => !text.includes("401")), []);
  await context.close();
});

test("a decline is saved by the keyboard alone, and the focus goes along", async () => {
  const context = await phone.newContext();
  const page = await phonePage(context);
  await bindPhone(page, demo);
  const [, stall] = await cells(page, "chua");
  await page.evaluate((id) => { location.hash = `#/stall/${id}`; }, stall.id);
  await page.waitForSelector(`a[href='#/visit/${stall.id}/declined']`);
  const press = async (selector) => {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate((want) => ({ is: document.activeElement.matches(want), isOutside: document.activeElement === document.body,
        what: document.activeElement.outerHTML.slice(0, 100), ring: getComputedStyle(document.activeElement.closest(".find") ?? document.activeElement).outlineStyle }), selector);
      // Behind the last stop the browser's own bar has its turn.
      if (at.isOutside) continue;
      assert.equal(at.ring, "solid", `the keyboard is seen at ${at.what}`);
      if (at.is) return page.keyboard.press("Enter");
    }
    throw new Error(`no way to ${selector} by Tab`);
  };

  await press(`a[href='#/visit/${stall.id}/declined']`);
  await page.waitForSelector(".chips button");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1", "the new screen is read aloud");
  await press(".chips button");
  await page.waitForFunction((id) => location.hash === `#/stall/${id}`, stall.id);
  await allSent(page);
  await context.close();
});

test("the first load is small, and the next one fetches nothing of the app", async (told) => {
  const context = await phone.newContext();
  const page = await phonePage(context);
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  const seen = new Map();
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    const { pathname } = new URL(response.url);
    if (!response.fromServiceWorker && !pathname.startsWith("/dd/api/") && pathname !== "/dd/sw.js") seen.set(requestId, { pathname, bytes: 0 });
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (seen.has(requestId)) seen.get(requestId).bytes = encodedDataLength;
  });
  const weight = () => [...seen.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  await bindPhone(page, demo);
  const until = weight();
  // All that the worker keeps, the scanner among it, as the server sends it to a phone that reads Brotli.
  const script = await (await fetch(`${demo.address}/dd/sw.js`)).text();
  const { files } = JSON.parse(/self\.SHELL=(\{.*\});/u.exec(script)[1]);
  let shell = 0;
  const plain = await context.newPage();
  await plain.goto(`${demo.address}/sign-in`);
  for (const file of files) shell += await plain.evaluate(async (url) => {
    await (await fetch(url, { cache: "reload" })).arrayBuffer();
    return performance.getEntriesByName(new URL(url, location.href).href).at(-1).encodedBodySize;
  }, file);
  seen.clear();
  await page.reload();
  await page.waitForSelector(".todo");

  told.diagnostic(`until today's list is seen: ${until} bytes on the wire; everything that the phone keeps: ${shell}; the next load: ${weight()}`);
  assert.ok(until > 10_000 && until <= FIRST_LOAD, `${until} bytes: ${JSON.stringify([...seen.values()])}`);
  assert.ok(shell > until / 2 && shell <= FIRST_LOAD, `${shell} bytes`);
  assert.equal(weight(), 0, JSON.stringify([...seen.values()]));
  await context.setOffline(true);
  await page.reload();
  await page.waitForSelector(".todo");
  await context.close();
});
