// Every page at both sizes: nothing overflows, nobody is shut out, the browser has nothing to complain of. A page is a GET
// route in the table that the service's own tests hold against the router; one that is not visited here fails the last test.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { freshPage, marketOf, printAndRead, signedIn, stallPath, startBrowser, startDemo, startFresh, transferCode } from "./harness.mjs";
import { allSent, cells, poisonOldest } from "./phone.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [{ width: 360, height: 640 }, { width: 1280, height: 800 }];
// What is not a page: programs' answers, files, signs of life.
const NOT_PAGES = /^\/(dd\/)?(api|assets)\/|^\/(healthz|readyz|metrics|favicon\.ico|dd)$|\/(\{file\}|\{format\}|pay|sw\.js)$|\.(csv|svg|pdf|webmanifest)$|\{photo_id\}$/;
const routes = readFileSync(resolve(import.meta.dirname, "../api/roles.csv"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("GET,"))
  .map((line) => line.split(",")[1])
  .filter((path) => !NOT_PAGES.test(path))
  .map((path) => ({ path, shape: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`), fixed: !path.includes("{") }));
const visited = new Map(SIZES.map(({ width }) => [width, new Set()]));
let demo, fresh, browser;

before(async () => {
  [demo, fresh, browser] = await Promise.all([startDemo(), startFresh(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  demo?.stop();
  fresh?.stop();
});

/** Looks at the page as it stands. */
async function look(page, name) {
  const { width } = page.viewportSize();
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
  assert.ok(wide <= width, `${name} is ${wide} px wide`);
  // Evaluated through the debugger, which the page's own policy does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 140)).join(" | ")}`);
  });
  assert.deepEqual(found, [], name);
}

/** Goes to a page that answers with that status, and looks at it. */
async function visit(page, address, status = 200) {
  const url = new URL(address, demo.address);
  const answer = await page.goto(url.href);
  assert.equal(answer.status(), status, url.pathname);
  await look(page, url.pathname + url.search);
  if (status !== 200) return;
  // A word of ours wins over a name that could be anything: /markets/new is not /markets/{market_id}.
  for (const path of new Set([url.pathname, new URL(page.url()).pathname])) {
    const hit = routes.filter((route) => route.shape.test(path)).sort((a, b) => b.fixed - a.fixed)[0];
    if (hit) visited.get(page.viewportSize().width).add(hit.path);
  }
}

const noComplaint = (page, ...expected) => assert.deepEqual(page.complaints.filter((text) => !expected.some((status) => text.includes(status))), []);

for (const viewport of SIZES) {
  const size = `${viewport.width}×${viewport.height}`;

  test(`the volunteer's pages at ${size}`, async () => {
    const page = await signedIn(browser, demo, "volunteer", viewport);
    const market = await marketOf(page, demo);
    for (const path of ["/markets", market, `${market}?need=unposted`, `${market}?q=khong-co-ai`]) await visit(page, path);
    const stall = await stallPath(page, demo, "chua");
    await visit(page, stall);
    for (const act of await page.locator("details.act > summary").all()) {
      await act.click();
      await look(page, `${stall}: ${await act.textContent()}`);
    }
    await visit(page, `${stall}/enrol`);
    await page.fill("#payload0", "khong phai ma");
    await page.click("button.go.big");
    await page.waitForSelector(".field.bad");
    await look(page, "an enrolment that was refused");
    assert.equal(await page.inputValue("#payload0"), "khong phai ma");

    await page.goto(`${demo.address}${stall}/enrol`);
    const name = page.locator("#full_name");
    if (await name.count()) await name.fill("Công Tằng Tôn Nữ Hoàng Phương Nguyễn Thị Thanh Thuỳ");
    await page.fill("#payload0", transferCode("970436", `999000${viewport.width}`));
    await page.click("label[for=issue_code]");
    await page.click("button.go.big");
    await page.waitForSelector("main.show");
    await look(page, "an enrolment that is done");
    const link = (await page.locator(".link-card .wrap").textContent()).trim();

    for (const [payload, title] of [[transferCode("970436", `999000${viewport.width}`), "KHỚP"], [transferCode("970422", "9990000000482"), "LỆCH MÃ"]]) {
      await page.goto(demo.address + stall);
      await page.locator("details.act:has(form[action$='/check']) > summary").click();
      await page.fill("#payload", payload);
      await page.locator("form[action$='/check'] button").click();
      assert.equal(await page.locator("main.full h1").textContent(), title);
      await look(page, title);
    }
    await visit(page, "/review", 403);
    noComplaint(page, "422", "403");

    const vendor = await freshPage(browser, { viewport });
    await visit(vendor, link);
    await visit(vendor, `${link}/amount`);
    await visit(vendor, `${link}/amount?amount=khong`, 422);
    await vendor.goto(link);
    await vendor.locator("form[action$='/confirm'] button").click();
    await look(vendor, "a vendor who confirmed");
    await vendor.locator("details.ask > summary").click();
    await look(vendor, "a vendor who is asked once more");
    await vendor.locator("form[action$='/freeze'] button").click();
    await look(vendor, "a vendor who froze the code");
    noComplaint(vendor, "422");
    await Promise.all([page.context().close(), vendor.context().close()]);
  });

  test(`the lead's, the board's and the province's pages at ${size}`, async () => {
    const lead = await signedIn(browser, demo, "lead", viewport);
    const market = await marketOf(lead, demo);
    const wrong = await stallPath(lead, demo, "lech");
    for (const path of [`${market}?stall=${wrong.split("/").at(-1)}`, "/staff", `${market}/lists`, `${market}/plan`, `${market}/assign`, `${market}/campaigns`, `${market}/month`, `${wrong}/place`]) await visit(lead, path);
    await lead.goto(`${demo.address}${market}/lists`);
    await lead.setInputFiles("#file", resolve(import.meta.dirname, "../data/stall_lists/dirty_stalls.csv"));
    await lead.click("main form button.go");
    await lead.waitForSelector("table.listed");
    await visit(lead, lead.url());
    await lead.locator("td.all a").first().click();
    await lead.waitForSelector("#bank");
    await visit(lead, lead.url());
    const board = await signedIn(browser, demo, "market_board", viewport);
    for (const path of ["/", `${market}/figures`, `${market}/report`, `${market}/print`, `${market}/print?filter=reprint&start_at=3&x=1`, `${market}/print?filter=all&copies=99`, `${market}/print?filter=all&paper=custom&measures=khong`, await stallPath(board, demo, "dung")]) await visit(board, path);
    await board.goto(`${demo.address}${market}/print?filter=reprint`);
    await board.click("#part-make button");
    await board.waitForSelector(".field.bad #sure, .bad #sure");
    await look(board, "a reprint that nobody is sure of");
    await board.check("#sure");
    await board.click("#part-make button");
    await board.waitForURL(/\/print-batches\//);
    await visit(board, board.url());
    const province = await signedIn(browser, demo, "province", viewport);
    for (const path of ["/", "/staff/new"]) await visit(province, path);
    for (const page of [lead, board, province]) {
      noComplaint(page, "422");
      await page.context().close();
    }
  });

  test(`the official's pages at ${size}`, async () => {
    const page = await signedIn(browser, demo, "ward_official", viewport);
    const market = await marketOf(page, demo);
    const stall = await stallPath(page, demo, "dung");
    await visit(page, "/");
    await visit(page, `${new URL(page.url()).pathname}/report`);
    for (const path of ["/", "/markets?need=unposted", "/markets?need=resting", stall, "/markets/new", `${market}/edit`, `${market}/rows`, "/review", "/staff/new", "/banks", "/banks?q=BVB", "/banks?q=khong+co"]) await visit(page, path);
    await page.goto(`${demo.address}/review`);
    await visit(page, await page.locator(".queue a").first().getAttribute("href"));

    await page.goto(demo.address + stall);
    await page.locator("details.corrections > summary").click();
    await look(page, "what puts mistakes right");
    await visit(page, await page.locator("a[href^='/vendors/']").first().getAttribute("href"));
    await page.goto(demo.address + stall);
    await page.locator("details.corrections > summary").click();
    await page.locator("details.ask:has(form[action$='/vendor-link']) > summary").click();
    await page.locator("form[action$='/vendor-link'] button").click();
    await page.waitForSelector(".link-card");
    await look(page, "a vendor's new link");

    await page.goto(`${demo.address}/staff`);
    await page.locator("input[name=staff_id]").first().check();
    await page.click("button[form=slips]");
    await page.waitForSelector(".slip");
    await look(page, "slips");
    const once = (await page.locator(".slip .wrap").first().textContent()).trim();

    await page.goto(`${demo.address}/markets/new`);
    await page.click("button.go");
    await page.waitForSelector(".field.bad");
    await look(page, "a market without a name");
    await page.fill("#name", `Chợ Bờ Sông ${viewport.width}`);
    await page.click("button.go");
    await page.waitForURL(/\/rows$/);
    await visit(page, new URL(page.url()).pathname.replace("/rows", ""));
    await visit(page, "/", 200);
    await visit(page, "/markets/mkt_khong-co", 404);
    noComplaint(page, "422", "404");

    const nobody = await freshPage(browser, { viewport });
    for (const path of ["/sign-in", once, "/c"]) await visit(nobody, path);
    await visit(nobody, "/link/khong-con-dung", 404);
    noComplaint(nobody, "404");
    await Promise.all([page.context().close(), nobody.context().close()]);
  });

  test(`the operator's pages and the first start at ${size}`, async () => {
    const page = await signedIn(browser, demo, "operator", viewport);
    for (const path of ["/nation", "/staff", "/staff/new", "/markets", "/markets/new"]) await visit(page, path);
    noComplaint(page);
    const nobody = await freshPage(browser, { viewport });
    await visit(nobody, fresh.setUp);
    await nobody.click("button.go.big");
    await nobody.waitForSelector(".note.bad");
    await look(nobody, "a first start with nothing typed");
    noComplaint(nobody, "422");
    await Promise.all([page.context().close(), nobody.context().close()]);
  });
}

for (const viewport of SIZES) {
  test(`what surrounds the field app at ${viewport.width}×${viewport.height}`, async () => {
    const lead = await signedIn(browser, demo, "lead", viewport);
    await visit(lead, "/dd/records");
    await lead.goto(`${demo.address}/staff`);
    await visit(lead, await lead.locator("tbody tr", { hasText: demo.people.volunteer.username }).locator("a[href$='/devices']").getAttribute("href"));
    await lead.locator("form[action$='/device-links'] button").click();
    await look(lead, "a code that binds a phone");
    const link = (await lead.locator(".device-link .wrap").innerText()).trim();

    const phone = await freshPage(browser, { viewport });
    await visit(phone, "/dd/");
    await visit(phone, link);
    await phone.click("button.go");
    await phone.waitForSelector(".todo");
    await visit(phone, "/dd/");
    const [stall] = await cells(phone, "chua");
    await phone.context().setOffline(true);
    await phone.evaluate((id) => { location.hash = `#/visit/${id}/declined`; }, stall.id);
    await phone.click(".chips button");
    await phone.waitForFunction((id) => location.hash === `#/stall/${id}`, stall.id);
    await poisonOldest(phone);
    await phone.context().setOffline(false);
    await phone.goto(`${demo.address}/dd/#/outbox`);
    await phone.click("text=Thử gửi ngay");
    await allSent(phone);
    await look(phone, "a queue with a record that needs a person");

    await visit(lead, "/dd/records");
    await visit(lead, await lead.locator("tbody a").first().getAttribute("href"));
    await lead.click("button:has-text('Bỏ phiếu')");
    await lead.waitForSelector("text=Không có phiếu nào chờ");
    noComplaint(lead);
    noComplaint(phone, "401", "ERR_INTERNET_DISCONNECTED");
    await Promise.all([lead.context().close(), phone.context().close()]);
  });
}

test("the public page behind a sticker's small code, at both sizes", async () => {
  const board = await signedIn(browser, demo, "market_board");
  const seen = await printAndRead(board, demo, await marketOf(board, demo), {
    choose: (page) => page.locator("label.chip:has(input[value=all])").click(),
    resolutions: ["300"],
  });
  const link = [...seen.zxing, ...seen.zbar].find((text) => text.includes("/s/"));
  assert.ok(link, "a sticker carries the address of its public page");
  for (const viewport of SIZES) {
    const page = await freshPage(browser, { viewport });
    await visit(page, link);
    assert.ok(await page.locator(".verdict.good, .verdict.wait, .verdict.bad").isVisible());
    const stall = (await page.locator(".place span").first().textContent()).replace("Sạp", "").trim();
    await page.locator("details.ask > summary").click();
    await look(page, "a doubt about to be reported");
    await page.locator("details.ask button").click();
    await page.waitForSelector(".field.bad");
    await look(page, "a report without a reason");
    await page.locator("input[value=pasted_over]").check();
    await page.fill("#note", "Mã khác dán đè lên");
    await page.locator("details.ask button").click();
    await page.waitForURL(/\/reported$/);
    await visit(page, new URL(page.url()).pathname);
    await visit(page, "/s/khong-co-sticker-nay", 404);
    noComplaint(page, "404", "422");
    await page.context().close();

    const lead = await signedIn(browser, demo, "lead", viewport);
    const market = await marketOf(lead, demo);
    await visit(lead, `${market}?need=reported`);
    const href = await lead.locator(".list a", { hasText: stall }).getAttribute("href");
    await visit(lead, `/stalls/${new URLSearchParams(href).get("stall")}`);
    await look(lead, "a stall that somebody doubts");
    await lead.locator("#reports li", { hasText: "dán đè" }).locator("button").click();
    if (await lead.locator("#reports").count()) await lead.locator("#reports button").click();
    await lead.waitForSelector("main:not(:has(#reports))");
    noComplaint(lead);
    await lead.context().close();
  }
});

test("no page was left out", () => {
  for (const [width, paths] of visited) {
    const missed = routes.map((route) => route.path).filter((path) => !paths.has(path));
    assert.deepEqual(missed, [], `pages nobody looked at with ${width} px: visit them above`);
  }
});

test("the keyboard is always seen", async () => {
  const page = await signedIn(browser, demo, "ward_official");
  await page.goto(`${demo.address}/review`);
  const order = [];
  for (let step = 0; step < 8; step++) {
    await page.keyboard.press("Tab");
    order.push(await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return { what: document.activeElement.textContent.trim(), ring: `${style.outlineWidth} ${style.outlineStyle} ${style.outlineColor}` };
    }));
  }
  assert.equal(order[0].what, "Tới nội dung", "the first stop leads past the bar");
  for (const stop of order) assert.equal(stop.ring, "3px solid rgb(47, 75, 143)", stop.what);
});

test("what a finger has to hit on a phone is 48 px or more", async () => {
  const page = await signedIn(browser, demo, "volunteer", SIZES[0]);
  const stall = await stallPath(page, demo, "chua");
  const market = await marketOf(page, demo);
  for (const path of [market, stall, `${stall}/enrol`, `${market}/print?filter=reprint`]) {
    await page.goto(demo.address + path);
    const small = await page.evaluate(() => [...document.querySelectorAll(".btn, .input, .chip span, .filters a, .cells a, .list a, .tick, summary, .bar a, .find")]
      .filter((node) => node.checkVisibility() && !node.classList.contains("skip"))
      .map((node) => ({ height: Math.round(node.getBoundingClientRect().height), what: node.outerHTML.slice(0, 80) }))
      .filter(({ height }) => height > 0 && height < 48));
    assert.deepEqual(small, [], path);
  }
});
