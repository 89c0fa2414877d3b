// What the phone decides by itself, without a browser: what stands in its way, when to try again, when to take a new version.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { load } from "./bundle.mjs";

const data = resolve(import.meta.dirname, "../data");
// A channel between tabs would keep this process waiting for another.
Reflect.deleteProperty(globalThis, "BroadcastChannel");
const { judge, mustTakeOver, Market, readPhone, uuid7, waitAfter } = await load("environment.ts", "updates.ts", "verify.ts", "uuid7.ts", "outbox.ts", "market.ts");

const ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A125F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36";
const iphone = (version) => `Mozilla/5.0 (iPhone; CPU iPhone OS ${version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E148 Safari/604.1`;
const plain = { userAgent: ANDROID, isSecure: true, isStandalone: false, hasStorage: true };

test("a plain phone has nothing in its way", () => {
  assert.deepEqual(judge(plain), []);
});

test("a browser inside another app is told apart", () => {
  for (const sign of ["Zalo android/24", "[FBAN/EMA;FBAV/400]", "Instagram 300.0", "musical_ly_2022", "Line/13.1", "MicroMessenger/8"]) {
    assert.deepEqual(judge({ ...plain, userAgent: `${ANDROID} ${sign}` }), ["in_app_browser"], sign);
  }
  assert.deepEqual(judge({ ...plain, userAgent: ANDROID.replace("SM-A125F", "SM-A125F; wv") }), ["in_app_browser"]);
});

test("an iPhone needs 16.4, and to be on the home screen", () => {
  for (const [version, isStandalone, found] of [["15_8", true, ["old_ios"]], ["16_3", true, ["old_ios"]], ["16_4", false, ["ios_tab"]], ["16_4", true, []], ["16_10", true, []], ["18_1", true, []]]) {
    assert.deepEqual(judge({ ...plain, userAgent: iphone(version), isStandalone }), found, version);
  }
});

test("no storage and no secure address are said", () => {
  assert.deepEqual(judge({ ...plain, isSecure: false, hasStorage: false }), ["insecure", "no_storage"]);
});

test("the wait doubles from five seconds to five minutes, and phones do not call together", () => {
  assert.deepEqual([1, 2, 3, 7, 40].map((failures) => waitAfter(failures, 0.5)), [5_000, 10_000, 20_000, 300_000, 300_000]);
  assert.deepEqual([0, 1].map((share) => waitAfter(1, share)), [3_750, 6_250]);
});

test("a new version never takes over during a draft, and does after a week or when the server asks for it", () => {
  const day = 86_400_000;
  for (const [waited, isTooOld, hasDraft, must] of [[0, false, false, false], [8 * day, false, false, true], [8 * day, false, true, false], [0, true, false, true], [0, true, true, false]]) {
    assert.equal(mustTakeOver(0, waited, isTooOld, hasDraft), must, `${waited} ${isTooOld} ${hasDraft}`);
  }
});

test("a phone number is read as the server reads it", () => {
  const lines = readFileSync(join(data, "phones.csv"), "utf8").trimEnd().split("\n").slice(1);
  assert.ok(lines.length > 20);
  for (const line of lines) {
    const [said, read] = line.split(",");
    assert.equal(readPhone(said) ?? "", read, JSON.stringify(said));
  }
});

test("record names are UUIDv7: in order of making, never the same", () => {
  const made = Array.from({ length: 2_000 }, (_, n) => uuid7(1_764_000_000_000 + n));
  assert.deepEqual([...made].sort(), made);
  assert.equal(new Set(Array.from({ length: 2_000 }, () => uuid7(1_764_000_000_000))).size, 2_000);
  for (const name of made) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
});

test("a search letter by letter finds what the whole text finds at once", () => {
  const names = ["nguyen thi lien", "tran thi oanh", "ly van sap 12", "hoang thi lien hoa", "nong thi muoi hai"];
  const stall = (at) => ({
    stall_id: `s${at}`, at, code: `A${1 + (at % 3)}-${String(at).padStart(2, "0")}`, key: `a${1 + (at % 3)}-${at}`, find: ` ${names[at % names.length]} ${at}`,
    digits: `${String(1_000 + at * 37).slice(-4)} `, codes: [], visits: [],
  });
  const stalls = Array.from({ length: 60 }, (_, at) => stall(at));
  const typed = new Market({}, [...stalls]);

  for (const text of ["thi lien", "lien thi", "a1 12", "a1-3", "12", "1370", "hoang lien hoa", "thi 4", "sap 12", "xyz"]) {
    for (let end = 1; end <= text.length; end += 1) {
      const part = text.slice(0, end);
      const whole = new Market({}, [...stalls]).search(part);
      assert.deepEqual(typed.search(part).map(({ stall_id }) => stall_id), whole.map(({ stall_id }) => stall_id), part);
    }
    // And what was taken back is found again.
    assert.equal(typed.search("t").length, new Market({}, [...stalls]).search("t").length);
  }
});
