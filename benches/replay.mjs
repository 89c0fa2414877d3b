// RECORDS records, each sent up to TIMES times in any order, through a line that loses requests, loses answers and doubles
// calls: at the end each is on the server exactly once, and the counters agree with what is stored.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { deviceLink, rows } from "../tests/browser/phone.mjs";
import { binary, freshPage, startBrowser, startDemo, transferCode } from "../tests/browser/harness.mjs";
import { load } from "../tests/field/bundle.mjs";

const RECORDS = Number(process.env["RECORDS"] ?? 10_000);
const TIMES = Number(process.env["TIMES"] ?? 20);
const [PART, LINES] = [50, 8];
const { boundTo, seal, sealKey, uuid7 } = await load("seal.ts", "uuid7.ts");

/** Chance that can be repeated (mulberry32). */
let seed = Number(process.env["SEED"] ?? 20_261_127);
function chance() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

const fail = (what) => { throw new Error(what); };
const demo = await startDemo();
const cpu = () => {
  const cells = readFileSync(`/proc/${demo.server.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(cells[11]) + Number(cells[12])) / 100;
};

/** A phone that is bound, as its cookie. */
async function bound() {
  const browser = await startBrowser();
  const link = await deviceLink(browser, demo);
  const page = await freshPage(browser);
  await page.goto(link);
  await page.click("button.go");
  await page.waitForSelector(".todo");
  const cookies = await page.context().cookies();
  await browser.close();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

const cookie = await bound();
const headers = { cookie, accept: "application/json", "content-type": "application/json", "sec-fetch-site": "same-origin" };
const ask = async (path) => (await fetch(demo.address + path, { headers })).json();
const me = await ask("/dd/api/me");
const market = me.markets[0].market_id;
const pack = await ask(`/dd/api/markets/${market}/pack`);
const key = await sealKey(me.field_key);
const began = Date.now();

const fresh = pack.stalls.filter((stall) => stall.codes.length === 0 && stall.occupancy === "trading" && stall.vendor);
const stalls = pack.stalls.filter((stall) => stall.occupancy === "trading");

/** A record: an enrolment at each stall that has none, visits for the rest. */
async function record(n) {
  const id = uuid7(began + n);
  const isEnrolment = n < fresh.length;
  const stall = isEnrolment ? fresh[n] : stalls[Math.floor(chance() * stalls.length)];
  const kind = isEnrolment ? "enrolment" : "visit";
  const at = new Date(began).toISOString();
  const body = isEnrolment
    ? {
        market_id: market, stall_code: stall.code, vendor: { full_name: stall.vendor, phone: null, goods: stall.goods, form_of_address: "co" },
        accounts: [{ scanned_payload: transferCode("970436", `99955${String(n).padStart(8, "0")}`), holder_name: null, how: "camera", primary: true }],
        consent: { text_version: pack.consent.text_version, purposes: ["issue_code"], account_holder: false, given_at: at }, captured_at: at, rev: 1,
      }
    : { stall_id: stall.stall_id, outcome: "declined", reason: "fear_of_tax", visited_at: at };
  if (isEnrolment) body.accounts[0].holder_name = stall.vendor.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/đ/giu, "d").toUpperCase();
  // A third of the phones have never met the server's clock.
  const plain = { schema: 1, id, body, clock: { at: began, offset: n % 3 === 0 ? null : 0 } };
  const sealed = await seal(key, boundTo(id, kind, market, stall.stall_id), new TextEncoder().encode(JSON.stringify(plain)));
  return { id, kind, market_id: market, stall_id: stall.stall_id, rev: 1, revises: null, sealed };
}

const records = [];
for (let n = 0; n < RECORDS; n += 1) records.push(await record(n));
const sendings = records.flatMap((one) => Array.from({ length: 1 + Math.floor(chance() * TIMES) }, () => one));
for (let at = sendings.length - 1; at > 0; at -= 1) {
  const other = Math.floor(chance() * (at + 1));
  [sendings[at], sendings[other]] = [sendings[other], sendings[at]];
}

const counts = { calls: 0, dropped: 0, lost: 0, doubled: 0, retried: 0 };
const answers = new Map();

/** One call over the bad line; what was not heard of is sent again. */
async function post(items) {
  const fate = chance();
  if (fate < 0.1) return (counts.dropped += 1), items;
  const body = JSON.stringify({ sent_at: Date.now() + Math.floor(chance() * 1_000), unsent: items.length, oldest_unsent: began, items, watch: [] });
  const once = () => fetch(`${demo.address}/dd/api/send`, { method: "POST", headers, body });
  const heard = fate < 0.2 ? await Promise.all([once(), once()]) : [await once()];
  counts.calls += heard.length;
  counts.doubled += heard.length - 1;
  for (const answer of heard) {
    if (answer.status === 429 || answer.status === 503) return (counts.retried += 1), items;
    if (answer.status !== 200) fail(`${answer.status} ${await answer.text()}`);
  }
  const given = await Promise.all(heard.map((answer) => answer.json()));
  if (fate > 0.9) return (counts.lost += 1), items;
  const again = [];
  for (const { results } of given) {
    if (results.length !== items.length) fail(`${results.length} answers to ${items.length} records`);
    for (const [at, result] of results.entries()) {
      if (result.state === "retry") { again.push(items[at]); continue; }
      const said = `${result.state} ${result.receipt ?? result.problem ?? ""}`;
      const before = answers.get(result.id) ?? said;
      if (before !== said) fail(`${result.id} was answered "${before}" and "${said}"`);
      answers.set(result.id, said);
    }
  }
  return again;
}

const [cpuBefore, before] = [cpu(), rows(demo, "SELECT COUNT(*) FROM visits")[0][0]];
const started = Date.now();
let waiting = sendings;
while (waiting.length > 0) {
  const parts = [];
  for (let at = 0; at < waiting.length; at += PART) parts.push(waiting.slice(at, at + PART));
  const again = [];
  await Promise.all(Array.from({ length: LINES }, async () => {
    for (let part = parts.pop(); part; part = parts.pop()) again.push(...(await post(part)));
  }));
  waiting = again;
}
const [seconds, used] = [(Date.now() - started) / 1_000, cpu() - cpuBefore];

const named = (prefix, id) => `${prefix}_${id.replaceAll("-", "")}`;
const stored = new Map();
for (const [id] of [...rows(demo, "SELECT visit_id FROM visits"), ...rows(demo, "SELECT enrolment_id FROM enrolments")]) stored.set(id, (stored.get(id) ?? 0) + 1);
for (const one of records) {
  const said = answers.get(one.id) ?? "nothing";
  if (!said.startsWith("received")) fail(`${one.kind} ${one.id}: ${said}`);
  const count = stored.get(named(one.kind === "visit" ? "vis" : "enr", one.id)) ?? 0;
  if (count !== 1) fail(`${one.kind} ${one.id} is stored ${count} times`);
}
const grown = rows(demo, "SELECT COUNT(*) FROM visits")[0][0] - before;
if (grown < RECORDS - fresh.length) fail(`${grown} visits more`);
const kept = rows(demo, "SELECT COUNT(*) FROM field_records")[0][0];
if (kept !== 0) fail(`${kept} records wait for a person`);
// The service's own check: counters recounted from the facts, audit chains walked.
const check = execFileSync(binary, ["check", "--data-dir", `${demo.folder}/data`], { encoding: "utf8" });
console.log(check.trim().split("\n").at(-1));
console.log(`replay: ${RECORDS} records (${Math.min(fresh.length, RECORDS)} enrolments), ${sendings.length} sendings in ${counts.calls} calls; ${counts.dropped} requests lost, ` +
  `${counts.lost} answers lost, ${counts.doubled} calls doubled, ${counts.retried} told to wait: each exactly once; ${seconds.toFixed(1)} s, ${used.toFixed(1)} CPU s of the server`);
demo.stop();
process.exit(0);
