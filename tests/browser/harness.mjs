// Starts the real program on fictional data and a real browser beside it. Nothing is skipped: a missing tool fails with
// the command that installs it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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

/** The program with these arguments on a folder, a new one unless told, and a port of its own. */
function startProgram(args, stdio, folder = mkdtempSync(join(tmpdir(), "choqr-"))) {
  need(binary, "cargo build --bin choqr");
  const server = spawn(binary, [...args, "--data-dir", join(folder, "data"), "--listen", "127.0.0.1:0"], { stdio });
  const stop = () => {
    server.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  return { server, stop, folder };
}

/** The demo, its address and one sign-in per role. */
export async function startDemo() {
  const { server, stop, folder } = startProgram(["demo"], ["ignore", "pipe", "ignore"]);
  const people = {};
  let address = "";
  for await (const line of createInterface({ input: server.stdout })) {
    const [word, ...rest] = line.split(" ");
    if (word === "address") address = rest[0];
    if (word === "sign-in") people[rest[0]] = { username: rest[1], password: rest[2] };
    if (people.operator) break;
  }
  if (!address) throw new Error("the demo did not start");
  return { address, people, stop, folder, server };
}

/** Kills the program as a power cut would, and starts it again on what is on the disk; `demo` goes on with the new one. */
export async function crash(demo) {
  const isOver = new Promise((done) => demo.server.once("exit", done));
  demo.server.kill("SIGKILL");
  await isOver;
  const { server, stop } = startProgram(["serve"], ["ignore", "ignore", "pipe"], demo.folder);
  Object.assign(demo, { server, stop, address: "" });
  for await (const line of createInterface({ input: server.stderr })) {
    demo.address = /^address (\S+)/u.exec(line)?.[1] ?? "";
    if (!demo.address) continue;
    server.stderr.resume();
    return;
  }
  throw new Error("the service did not start again");
}

/** A service that nobody has set up yet, and the address its console shows for the first start. */
export async function startFresh() {
  const { server, stop } = startProgram(["serve"], ["ignore", "ignore", "pipe"]);
  const lines = createInterface({ input: server.stderr });
  let setUp = "";
  for await (const line of lines) {
    setUp = line.match(/http\S+\/set-up\?token=\S+/)?.[0] ?? "";
    if (setUp) break;
  }
  // What it says from here on is read and dropped, so that the pipe never fills.
  server.stderr.resume();
  if (!setUp) throw new Error("the service did not show its set-up address");
  return { address: new URL(setUp).origin, setUp, stop };
}

export async function startBrowser() {
  need(browserPath, "make tools");
  return chromium.launch({
    executablePath: browserPath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that keeps what the browser complains of, the content policy among it, in `page.complaints`. */
export async function freshPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "vi-VN", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => { if (message.type() === "error") page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("dialog", (dialog) => dialog.accept());
  return page;
}

/** Fills the sign-in page. */
export async function signIn(page, address, { username, password }) {
  await page.goto(`${address}/sign-in`);
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("button.go");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** A page of a person who has signed in. */
export async function signedIn(browser, demo, role, viewport = { width: 1280, height: 800 }, options = {}) {
  const page = await freshPage(browser, { viewport, ...options });
  await signIn(page, demo.address, demo.people[role]);
  return page;
}

/** The first market that a person sees. */
export async function marketOf(page, demo) {
  const { markets } = await (await page.request.get(`${demo.address}/api/v1/markets`)).json();
  return `/markets/${markets[0].market_id}`;
}

/** The page of the first stall with such a look on the map. */
export async function stallPath(page, demo, look) {
  const market = await marketOf(page, demo);
  await page.goto(demo.address + market);
  const href = await page.locator(`.cells a.${look}`).first().getAttribute("href");
  return href.startsWith("/stalls/") ? href : `/stalls/${new URLSearchParams(href).get("stall")}`;
}

/** What two decoders that are not ours read in a picture. */
export function decodes(png) {
  const python = need(join(root, ".venv/bin/python"), "make tools");
  const zxing = execFileSync(python, ["-c", "import sys, zxingcpp\nfrom PIL import Image\nfor code in zxingcpp.read_barcodes(Image.open(sys.argv[1])): print(code.text)", png], { encoding: "utf8" });
  // What it says of a message bus that is not there helps nobody.
  const zbar = execFileSync("zbarimg", ["--raw", "-q", png], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return { zxing: zxing.trim().split("\n"), zbar: zbar.trim().split("\n") };
}

/** A VietQR transfer code of an account, as a bank's app would draw it. */
export function transferCode(bin, account) {
  const field = (tag, value) => `${tag}${String(value.length).padStart(2, "0")}${value}`;
  const beneficiary = field("00", bin) + field("01", account);
  const network = field("00", "A000000727") + field("01", beneficiary) + field("02", "QRIBFTTA");
  const text = `${field("00", "01")}${field("01", "11")}${field("38", network)}${field("53", "704")}${field("58", "VN")}6304`;
  let crc = 0xffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return text + crc.toString(16).toUpperCase().padStart(4, "0");
}

/** Prints a sheet for a market and gives what two foreign decoders read on its pages. */
export async function printAndRead(page, demo, market, { choose = async () => {}, resolutions = ["300", "200"] } = {}) {
  await page.goto(`${demo.address}${market}/print`);
  await choose(page);
  await page.click("button.go");
  await page.waitForURL(/\/print-batches\//);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("form[data-download] button.go")]);
  const folder = mkdtempSync(join(tmpdir(), "choqr-print-"));
  try {
    await saved.saveAs(join(folder, "sheet.pdf"));
    // Two resolutions unless told otherwise, as a phone takes more than one frame.
    for (const dpi of resolutions) execFileSync("pdftoppm", ["-r", dpi, "-l", "2", "-png", join(folder, "sheet.pdf"), join(folder, `page-${dpi}`)]);
    const seen = { zxing: [], zbar: [] };
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".png"))) {
      const found = decodes(join(folder, file));
      seen.zxing.push(...found.zxing);
      seen.zbar.push(...found.zbar);
    }
    return seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
