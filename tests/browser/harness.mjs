// Starts the real program on fictional data and a real browser beside it. Nothing is skipped: a missing tool fails with
// the command that installs it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
export const binary = process.env["CHOQR_BIN"] ?? join(root, "target/debug/choqr");
const browserPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Fails with the command that would help. */
export function need(path, command) {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`${command}\``);
  return path;
}

/** The demo, its address and one sign-in per role. */
export async function startDemo() {
  need(binary, "cargo build --bin choqr");
  const folder = mkdtempSync(join(tmpdir(), "choqr-"));
  const server = spawn(binary, ["demo", "--data-dir", join(folder, "demo"), "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
  const people = {};
  let address = "";
  for await (const line of createInterface({ input: server.stdout })) {
    const [word, ...rest] = line.split(" ");
    if (word === "address") address = rest[0];
    if (word === "sign-in") people[rest[0]] = { username: rest[1], password: rest[2] };
    if (people.operator) break;
  }
  if (!address) throw new Error("the demo did not start");
  return { address, people, stop() { server.kill("SIGTERM"); rmSync(folder, { recursive: true, force: true }); } };
}

export async function startBrowser() {
  need(browserPath, "make tools");
  return chromium.launch({
    executablePath: browserPath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page of a person who has signed in; complaints of the browser, CSP's among them, are kept in `page.complaints`. */
export async function signedIn(browser, demo, role, viewport = { width: 1280, height: 800 }) {
  const context = await browser.newContext({ viewport, locale: "vi-VN" });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => { if (message.type() === "error") page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  await page.goto(`${demo.address}/sign-in`);
  await page.fill("#username", demo.people[role].username);
  await page.fill("#password", demo.people[role].password);
  await page.click("button.go");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/** What two decoders that are not ours read in a picture. */
export function decodes(png) {
  const python = need(join(root, ".venv/bin/python"), "make tools");
  const zxing = execFileSync(python, ["-c", "import sys, zxingcpp\nfrom PIL import Image\nfor code in zxingcpp.read_barcodes(Image.open(sys.argv[1])): print(code.text)", png], { encoding: "utf8" });
  const zbar = execFileSync("zbarimg", ["--raw", "-q", png], { encoding: "utf8" });
  return { zxing: zxing.trim().split("\n"), zbar: zbar.trim().split("\n") };
}
