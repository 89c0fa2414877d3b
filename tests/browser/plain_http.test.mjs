// The same service over plain HTTP on an address that is not loopback, and over HTTPS with a certificate of its own: what a
// browser keeps, refuses and is told. Browsers treat loopback as safe, so only another address shows the difference.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { binary, need, signedIn, startBrowser } from "./harness.mjs";

// NAPAS VietQR v1.0 §6.1.1 with its inner length put right.
const NAPAS = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
const PHONE = { viewport: { width: 360, height: 640 }, locale: "vi-VN" };
let browser, folder;
const servers = [];

/** This machine's own address on a network. */
function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((one) => one.family === "IPv4" && !one.internal);
  if (!found) throw new Error("this machine has no address but loopback: give it one with `ip link add lan0 type dummy && ip addr add 198.18.0.1/24 dev lan0 && ip link set lan0 up`");
  return found.address;
}

/** The demo with more words on its command line. */
async function start(...words) {
  need(binary, "cargo build --bin choqr");
  const server = spawn(binary, ["demo", "--data-dir", join(folder, `demo${servers.length}`), ...words], { stdio: ["ignore", "pipe", "ignore"] });
  servers.push(server);
  const demo = { people: {} };
  for await (const line of createInterface({ input: server.stdout })) {
    const [word, ...rest] = line.split(" ");
    if (word === "address") demo.address = rest[0];
    if (word === "sign-in") demo.people[rest[0]] = { username: rest[1], password: rest[2] };
    if (demo.people.operator) return demo;
  }
  throw new Error("the demo did not start");
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "choqr-plain-"));
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  for (const server of servers) server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** Switches to English on the sign-in page, which sets the language cookie. */
async function inEnglish(page) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/language")),
    page.locator("form[action='/language'] button").click(),
  ]);
  assert.equal(answer.status(), 303, "choosing a language is not taken for a forged request");
  await page.waitForSelector("html[lang=en]");
}

async function signIn(page, person) {
  await page.fill("#username", person.username);
  await page.fill("#password", person.password);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST" && response.url().endsWith("/sign-in")),
    page.click("form[action='/sign-in'] button"),
  ]);
  await page.waitForLoadState();
  return answer;
}

test("over plain HTTP on a network's address forms work, and the sign-in page says what will not", async () => {
  const address = ownAddress();
  const demo = await start("--listen", "0.0.0.0:0");
  const port = new URL(demo.address).port;
  const local = { ...demo, address: `http://127.0.0.1:${port}` };
  const lan = `http://${address}:${port}`;
  const volunteer = await signedIn(browser, local, "volunteer", PHONE.viewport);
  await volunteer.click(".cells a.chua");
  await volunteer.click("a.btn.go");
  if (await volunteer.locator("#full_name").count()) await volunteer.fill("#full_name", "Nguyễn Thị Hoà");
  await volunteer.fill("#payload0", NAPAS);
  await volunteer.click("label[for=issue_code]");
  await volunteer.click("button.go.big");
  const link = (await volunteer.locator(".link-card .wrap").textContent()).trim();

  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await page.goto(`${lan}/sign-in`);
  assert.equal(await page.evaluate(() => window.isSecureContext), false, "the address is one that a browser does not trust");
  await inEnglish(page);
  const warning = await page.locator("main").textContent();
  assert.match(warning, /HTTPS/);
  assert.match(warning, /camera/);
  assert.match(warning, /keep your session/);
  const answer = await signIn(page, demo.people.ward_official);
  assert.equal(answer.status(), 303, "our own form is not taken for another site's");
  assert.match(await answer.headerValue("set-cookie"), /^__Host-choqr=.*; Secure/, "a session never travels in clear");
  assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), ["lang"], "so the browser keeps the language and no session");
  assert.match(page.url(), /\/sign-in/);

  const vendor = await context.newPage();
  await vendor.goto(link.replace(/^https?:\/\/[^/]+/, lan));
  await vendor.locator("form[action$='/confirm'] button").click();
  await vendor.locator(".yours .done").waitFor();
  assert.equal(await vendor.locator("form[action$='/confirm']").count(), 0);
});

test("over HTTPS the session is kept, bound to the host, and nothing is warned of", async () => {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=choqr", "-keyout", key, "-out", cert, "-addext", `subjectAltName=IP:${ownAddress()}`], { stdio: "ignore" });
  const demo = await start("--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key);
  const site = `https://${ownAddress()}:${new URL(demo.address).port}`;

  const context = await browser.newContext({ ...PHONE, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${site}/sign-in`);
  await inEnglish(page);
  assert.doesNotMatch(await page.locator("main").textContent(), /camera|HTTPS/);
  await signIn(page, demo.people.ward_official);

  assert.doesNotMatch(page.url(), /\/sign-in/);
  const cookies = Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie]));
  const session = cookies["__Host-choqr"];
  assert.deepEqual([session.secure, session.httpOnly, session.sameSite, session.path], [true, true, "Lax", "/"]);
  assert.equal(cookies.choqr, undefined);
  assert.equal(cookies.lang.secure, true);
});
