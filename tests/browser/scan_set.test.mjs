// The bundled decoder against frames whose text is known, on a browser slowed to a sixth: what the camera's screen reads
// on a phone without a reader of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { script } from "../field/bundle.mjs";
import { binary, need, startBrowser } from "./harness.mjs";

const root = resolve(import.meta.dirname, "../..");
/** The looks that the scanner takes in two seconds: it waits out 120 ms from one to the next, or 30 after a long one. */
const TURNS = 12;
const [PACE_MS, REST_MS, LIMIT_MS] = [120, 30, 2_000];

/** Draws the frames and serves them beside an empty page. */
async function serveFrames() {
  const folder = mkdtempSync(join(tmpdir(), "choqr-frames-"));
  const python = need(join(root, ".venv/bin/python"), "make tools");
  execFileSync(python, [join(import.meta.dirname, "frames.py"), need(binary, "cargo build --bin choqr"), folder], { stdio: ["ignore", "ignore", "inherit"] });
  const frames = JSON.parse(readFileSync(join(folder, "frames.json"), "utf8"));
  const names = new Set(frames.map(({ file }) => `/${file}`));
  const server = createServer((request, response) => {
    if (names.has(request.url)) return response.writeHead(200, { "content-type": "image/png" }).end(readFileSync(join(folder, request.url)));
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>frames</title>");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const stop = () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address: `http://127.0.0.1:${server.address().port}`, frames, stop };
}

/** Runs in the page: looks at one frame as often as it takes, and tells what it found, at which look, and how long each took. */
async function scan({ file, turns }) {
  const bitmap = await createImageBitmap(await (await fetch(`/${file}`)).blob());
  const took = [];
  let text = null;
  for (let turn = 0; turn < turns && text === null; turn += 1) {
    const begun = performance.now();
    text = globalThis.decoder.look(bitmap, bitmap.width, bitmap.height, turn);
    took.push(performance.now() - begun);
  }
  bitmap.close();
  return { text, took };
}

/** From the first look to the text, with the scanner's waits between them. */
const wall = (took) => took.slice(0, -1).reduce((sum, ms) => sum + Math.max(PACE_MS, ms + REST_MS), took.at(-1));

function report(results) {
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  const hits = results.filter(({ found, text }) => text !== null && found === text);
  const times = hits.map(({ took }) => wall(took)).sort((a, b) => a - b);
  const byKind = kinds.map((kind) => {
    const own = results.filter((result) => result.kind === kind);
    return `${kind} ${own.filter(({ found, text }) => found === text).length}/${own.length}`;
  });
  const byTurn = hits.reduce((counts, { took }) => ((counts[took.length - 1] += 1), counts), Array(TURNS).fill(0));
  const whole = Math.max(...results.filter(({ took }) => took.length === TURNS).map(({ took }) => wall(took)));
  const looks = results.flatMap(({ took }) => took);
  return [
    byKind.join(", "),
    `${hits.length} read; at CPU x6 median ${times[times.length >> 1]?.toFixed(0)} ms, slowest ${times.at(-1)?.toFixed(0)} ms, ${times.filter((ms) => ms <= LIMIT_MS).length} within ${LIMIT_MS} ms`,
    `hits by look ${byTurn.join(" ")}; the longest look ${Math.max(...looks).toFixed(0)} ms, all ${TURNS} looks at a frame at most ${whole.toFixed(0)} ms`,
  ];
}

test("the bundled scanner reads a phone's frames, and never a text that is not there", async (context) => {
  const { address, frames, stop } = await serveFrames();
  context.after(stop);
  const browser = await startBrowser();
  context.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address);
  await page.addScriptTag({ content: await script("decoder", "decoder.ts") });
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 6 });

  const results = [];
  for (const { file, kind, text } of frames) {
    const { text: found, took } = await page.evaluate(scan, { file, turns: TURNS });
    results.push({ file, kind, text, found, took });
  }
  for (const line of report(results)) context.diagnostic(line);

  const withCode = results.filter(({ text }) => text !== null);
  const missed = withCode.filter(({ found }) => found === null).map(({ file }) => file);
  assert.equal(withCode.length, 108);
  assert.deepEqual(results.filter(({ found, text }) => found !== null && found !== text).map(({ file }) => file), [], "read a text that is not there");
  assert.ok(withCode.length - missed.length >= 0.95 * withCode.length, `${missed.length} of ${withCode.length} were not read: ${missed.join(" ")}`);
});
