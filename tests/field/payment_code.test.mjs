// The phone reads and writes payment codes by the server's rules: the same vectors, and whatever chance makes of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { load } from "./bundle.mjs";

const root = resolve(import.meta.dirname, "../..");
const binary = process.env["CHOQR_BIN"] ?? join(root, "target/debug/choqr");
if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`cargo build --bin choqr\``);
const { decode, identityOf, staticTransfer, crc16, crcHex } = await load("payment_code/read.ts", "payment_code/write.ts", "payment_code/crc.ts");

const lines = (name) => readFileSync(join(root, "tests/data", name), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const vectors = [...lines("vectors_good.jsonl"), ...lines("vectors_bad.jsonl")].map(({ payload }) => payload);
const choqr = (args, input) =>
  execFileSync(binary, ["qr", ...args], { input, encoding: "utf8", maxBuffer: 1 << 30 }).trimEnd().split("\n").map((line) => JSON.parse(line));

/** What both readers say of a code, as far as a phone needs it. */
function told(answer) {
  if (!answer.ok) return { ok: false, code: answer.code, offset: answer.offset };
  const { ok, scheme, initiation, bin, account, service, amount, currency, purpose, merchant_name, merchant_city } = answer;
  // A phone keeps whole units: dong have no others.
  return { ok, scheme, initiation, bin, account, service, amount: amount === null ? null : Math.trunc(amount), currency, purpose, merchant_name, merchant_city };
}

const crcWords = (words) => words.filter((word) => word.startsWith("crc_") && word !== "crc_lower_case").sort();

function compare(payloads) {
  for (const mode of ["strict", "lenient"]) {
    const theirs = choqr(["decode", "--batch", ...(mode === "lenient" ? ["--lenient"] : [])], payloads.join("\n") + "\n");
    assert.equal(theirs.length, payloads.length);
    payloads.forEach((payload, at) => {
      const ours = decode(payload, mode);
      assert.deepEqual(told(ours), told(theirs[at]), `${mode} ${JSON.stringify(payload)}`);
      if (ours.ok && mode === "lenient") {
        assert.deepEqual(crcWords(ours.warnings), crcWords(theirs[at].warnings.map(({ code }) => code)), JSON.stringify(payload));
      }
    });
  }
}

/** The same numbers each time. */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const LETTERS = [..."0123456789ABCXYZabcxyz .-/|", "Đ", "ễ", "e\u0302\u0303", "€", "𝄞", "\u200b", "\u00a0", "\ufeff"];

function mutate(payload, below) {
  const letters = [...payload];
  for (let changes = 1 + below(3); changes > 0; changes -= 1) {
    const at = below(letters.length);
    const kind = below(6);
    if (kind === 0) letters.splice(at, 1 + below(4));
    else if (kind === 1) letters.splice(at, 0, LETTERS[below(LETTERS.length)]);
    else if (kind === 2) letters[at] = LETTERS[below(LETTERS.length)];
    else if (kind === 3) [letters[at], letters[at + 1]] = [letters[at + 1] ?? "", letters[at] ?? ""];
    else if (kind === 4) letters.splice(at, 0, ...letters.slice(at, at + 4 + below(20)));
    else letters.splice(Math.max(0, at - 2), 2, ...String(below(100)).padStart(2, "0"));
  }
  let changed = letters.join("").replace(/[\r\n]/gu, "");
  if (below(2) === 0) {
    const body = `${changed.replace(/6304[0-9A-Fa-f]{0,4}$/u, "")}6304`;
    changed = body + crcHex(crc16(new TextEncoder().encode(body)));
  }
  return changed === "" ? "0" : changed;
}

test("every published vector means the same on the phone", () => compare(vectors.filter((payload) => !/[\r\n]/u.test(payload))));

test("twenty thousand mutations mean the same on the phone", () => {
  const below = chance(20_261_127);
  compare(Array.from({ length: 20_000 }, () => mutate(vectors[below(vectors.length)].replace(/[\r\n]/gu, ""), below)));
});

test("two codes are one account here exactly when they are there", () => {
  const below = chance(7);
  // What is odd about a registered code itself is no change to `compare`, and another identity to both of us.
  const sound = vectors.filter((payload) => identityOf(payload)?.includes("|!") === false && !/[\t\r\n]/u.test(payload));
  const pairs = Array.from({ length: 4_000 }, () => {
    const one = sound[below(sound.length)];
    return [one, below(3) === 0 ? sound[below(sound.length)] : mutate(one, below).replace(/\t/gu, "")];
  }).filter(([, other]) => identityOf(other) !== null);
  const verdicts = choqr(["compare", "--batch"], pairs.map((pair) => pair.join("\t")).join("\n") + "\n");
  pairs.forEach(([one, other], at) => {
    const same = identityOf(one) === identityOf(other);
    assert.equal(same, verdicts[at].verdict === "MATCH", `${JSON.stringify([one, other])} ${verdicts[at].reason}`);
  });
});

test("a code written on the phone is the server's to the letter", () => {
  const below = chance(11);
  const bins = ["970436", "970403", "970415", "970454", "970426", "999999", "971025"];
  const wishes = Array.from({ length: 2_000 }, () => ({
    bin: bins[below(bins.length)],
    account: Array.from({ length: 1 + below(20) }, () => "0123456789abMM"[below(14)]).join(""),
    purpose: ["", "ung ho", "Đi chợ", "x".repeat(26), "SAP A1-04"][below(5)],
  }));
  const asked = wishes.map(({ purpose, ...wish }) => JSON.stringify(purpose === "" || purpose.length > 25 ? wish : { ...wish, purpose })).join("\n") + "\n";
  const answers = execFileSync(binary, ["qr", "encode", "--batch"], { input: asked, encoding: "utf8" }).trimEnd().split("\n");
  wishes.forEach(({ bin, account, purpose }, at) => {
    const theirs = answers[at].startsWith("{") ? null : answers[at];
    assert.equal(staticTransfer(bin, account, "QRIBFTTA", purpose), theirs, JSON.stringify(wishes[at]));
  });
});
