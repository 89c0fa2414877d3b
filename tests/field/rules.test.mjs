// Folding and the rule of issuing: one table each, which the server's tests read too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { load } from "./bundle.mjs";

const data = resolve(import.meta.dirname, "../data");
const rows = (name) => readFileSync(join(data, name), "utf8").trimEnd().split("\n").slice(1);
const { nfcClean, foldAscii, nameFold, reviewReasons, agrees, readAccountNumber } = await load("payment_code/fold.ts", "issue_rule.ts", "payment_code/account_number.ts");

/** A row of the table, whose quotes are doubled and whose odd characters are written out. */
function cells(row) {
  const found = [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map(([, quoted, plain]) => (quoted ?? plain).replaceAll('""', '"'));
  return found.map((text) => text.replace(/\\u\{([0-9a-f]+)\}/gu, (_, hex) => String.fromCodePoint(parseInt(hex, 16))));
}

test("names fold on the phone as they do on the server", () => {
  for (const row of rows("fold_vectors.csv")) {
    const [text, clean, ascii, name] = cells(row);
    assert.deepEqual([nfcClean(text), foldAscii(text), nameFold(text)], [clean, ascii, name], JSON.stringify(text));
  }
});

test("a code is issued at once exactly when the server would", () => {
  for (const row of rows("issue_rule.csv")) {
    const [how, ...rest] = row.split(",");
    const [nameMatches, usedByOther, isChange, reviewFirst] = rest.map((word) => word === "true");
    assert.equal(reviewReasons({ how, nameMatches, usedByOther, isChange, reviewFirst }).join(" "), rest[4], row);
  }
});

test("a name in the code counts, and one cut at 25 letters too", () => {
  assert.ok(agrees(null, ["Hà Thị Thu Hương"]) && agrees("HA THI THU HUONG", ["Hà Thị Thu Hương"]));
  assert.ok(!agrees("HA THI THU", ["Hà Thị Thu Hương"]));
  assert.ok(agrees("CONG TANG TON NU THI HOANG", ["Công Tằng Tôn Nữ Thị Hoàng Oanh"].map((name) => name)) === true);
});

test("an account number may be typed with spaces, dots and dashes", () => {
  assert.equal(readAccountNumber(" 9990 0001-2345.6 "), "9990000123456");
  for (const bad of ["", "9990/1", "12345678901234567890", "số 1"]) assert.equal(readAccountNumber(bad), null, bad);
});
