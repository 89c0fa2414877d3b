// What the camera of a cheap phone sees: 108 drawn frames of payment codes, read in a real browser by the very function the
// scanner calls, one way of looking after another as it does with frame after frame.
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import test from "node:test";
import { script } from "../field/bundle.mjs";
import { startBrowser, transferCode } from "./harness.mjs";
import { FRAMES, drawFrame } from "./scan_frames.mjs";

const assets = resolve(import.meta.dirname, "../../assets");
const { encodeQR } = await import(join(assets, "node_modules/qr/index.js"));

/** So many looks the scanner takes in two seconds on a slow phone (each 120 ms at the earliest). */
const TURNS = 16;

/** In the page: looks at a still frame until it is read or the time is over; how often, how long, and what was read. */
async function look({ luma, width, height, turns }) {
  const bytes = Uint8Array.from(atob(luma), (letter) => letter.charCodeAt(0));
  const frame = new ImageData(width, height);
  for (let at = 0; at < bytes.length; at++) frame.data.set([bytes[at], bytes[at], bytes[at], 255], 4 * at);
  const bitmap = await createImageBitmap(frame);
  const from = performance.now();
  let slowest = 0;
  for (let turn = 0; turn < turns; turn++) {
    const before = performance.now();
    const text = globalThis.decoder.look(bitmap, width, height, turn);
    slowest = Math.max(slowest, performance.now() - before);
    if (text !== null) return { text, turn, slowest, time: performance.now() - from };
  }
  return { text: null, turn: -1, slowest, time: performance.now() - from };
}

test("19 of 20 frames are read, and none is read wrongly", async (context) => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: `${await script("decoder", "decoder.ts")};globalThis.decoder = decoder;` });
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 6 });
    const missed = [];
    const times = [];
    let slowest = 0;
    const turns = {};
    for (const [index, frame] of FRAMES.entries()) {
      const payload = transferCode("970436", String(9_990_000_000_000 + index * 7_919));
      const modules = encodeQR(payload, "raw", { ecc: frame.ecc, version: 6, border: 4 });
      const { luma, ...size } = drawFrame(modules, frame);
      const read = await page.evaluate(look, { luma: Buffer.from(luma).toString("base64"), turns: TURNS, ...size });
      slowest = Math.max(slowest, read.slowest);
      if (read.text === null) missed.push(`${index} ${frame.kind} ${frame.ecc} ${frame.level}`);
      else {
        assert.equal(read.text, payload, `frame ${index} is read wrongly`);
        times.push(read.time);
        turns[read.turn] = (turns[read.turn] ?? 0) + 1;
      }
    }
    times.sort((a, b) => a - b);
    const hits = times.length;
    context.diagnostic(`${hits} of ${FRAMES.length} read; by way of looking: ${JSON.stringify(turns)}; not read: ${missed.join(", ") || "none"}`);
    context.diagnostic(`at a sixth of the speed: median ${times[hits >> 1]?.toFixed(0)} ms to a hit, slowest hit ${times.at(-1)?.toFixed(0)} ms, within 2 s ${times.filter((time) => time <= 2_000).length}, slowest single look ${slowest.toFixed(0)} ms`);
    assert.equal(FRAMES.length, 108);
    assert.ok(hits / FRAMES.length >= 0.95, `only ${hits} of ${FRAMES.length}`);
  } finally {
    await browser.close();
  }
});
