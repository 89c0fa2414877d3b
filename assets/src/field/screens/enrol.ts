/** Enrolment in three short screens: the stall, the vendor's own code, check together. */
import { holderOf, readAccount, enrolmentBody, reasonsOf, type ReadAccount } from "../accounts";
import { now, rfc3339 } from "../clock";
import { h, glyph, icon, type Child } from "../dom";
import { dropDraft, saveDraft } from "../draft";
import { agrees } from "../issue_rule";
import { draw, go, toast } from "../frame";
import { calledShort, inSentence, you } from "../looks";
import type { Draft, DraftAccount, How, Stall } from "../model";
import { canRedo, queue, records, unsent } from "../outbox";
import { readAccountNumber } from "../payment_code/account_number";
import { bankCapitals, nameFold, nfcClean } from "../payment_code/fold";
import { decode } from "../payment_code/read";
import { state } from "../state";
import { readPhone, twice } from "../verify";
import { t, word } from "../words";
import { scanScreen, steps } from "./scan";

const ADDRESSES = ["co", "chu", "bac", "chi", "anh", "em", "unknown"];

/** Screen 2: the camera is open at once. */
export function enrolScreen(id: string): void {
  const stall = state.market.get(id);
  if (!stall) return go("#/");
  const address = state.draft?.stall_id === id ? state.draft.address : stall.address;
  scanScreen({
    title: stall.vendor === null ? t("scan_title_new", { code: stall.code }) : t("scan_title", { who: inSentence(calledShort(stall.vendor, stall.address), stall.address) }),
    back: `#/stall/${id}`, step: 2, lead: t("scan_lead", { you: you(address) }),
    found: (text, how) => took(stall, text, how),
    typing: () => go(`#/typed/${id}`),
  });
}

/** A code that was read: what no server would take is said at once, and the camera stays open. */
export function took(stall: Stall, text: string, how: How): void {
  const code = decode(text.trim(), "strict");
  if (code.ok) return void add(stall, { how, scanned_payload: text.trim(), bin: null, account_number: null, holder_name: null, primary: false });
  toast(code.code === "not_emv" ? (/^https?:/iu.test(text) ? t("scan_is_link") : t("scan_no_payment")) : code.code === "crc_wrong" ? t("scan_damaged") : t("scan_refused", { code: code.code }));
}

/** Adds an account to the draft of this stall, which is begun with the first one. */
async function add(stall: Stall, account: DraftAccount): Promise<void> {
  const draft = state.draft?.stall_id === stall.stall_id ? state.draft : await begin(stall);
  const identity = readAccount(account, state.market)?.identity;
  if (draft.accounts.some((one) => readAccount(one, state.market)?.identity === identity)) toast(t("same_account"));
  else draft.accounts.push({ ...account, primary: draft.accounts.length === 0 });
  await keep(draft);
  if (location.hash === `#/check/${stall.stall_id}`) await checkScreen(stall.stall_id);
  else go(`#/check/${stall.stall_id}`);
}

/** What was enrolled here and is on this phone alone is done anew: sealed as it is, nobody can change it any more. */
async function begin(stall: Stall): Promise<Draft> {
  const before = (await unsent()).filter((record) => record.stall_id === stall.stall_id && canRedo(record)).at(-1);
  return {
    stall_id: stall.stall_id, market_id: state.market.rules.market_id, base_version: stall.version, full_name: stall.vendor ?? before?.vendor ?? "", address: stall.address, phone: "",
    goods: stall.goods, accounts: [], purposes: [], account_holder: false, keep_current: stall.codes.some((code) => code.status === "active"),
    revises: before?.id ?? null, rev: (before?.rev ?? 0) + 1, begun_at: Date.now(),
  };
}

async function keep(draft: Draft): Promise<void> {
  state.draft = draft;
  await saveDraft(draft);
}

/** The last resort: bank and number by hand, the number twice. */
export function typedScreen(id: string): void {
  const stall = state.market.get(id);
  if (!stall) return go("#/");
  const bank = h("input", { class: "input", id: "bank", list: "banks", autocomplete: "off", required: true });
  const number = h("input", { class: "input", id: "number", inputmode: "numeric", autocomplete: "off", required: true });
  const again = h("input", { class: "input", id: "again", inputmode: "numeric", autocomplete: "off", required: true, onpaste: (event) => event.preventDefault() });
  const wrong = h("p", { class: "err", role: "alert" });
  const use = (event: Event): void => {
    event.preventDefault();
    const asked = nameFold(bank.value);
    const found = state.market.banks.find((one) => nameFold(one.name) === asked || one.code.toLowerCase() === asked || one.bin === asked);
    const first = readAccountNumber(number.value);
    if (!found) wrong.textContent = t("typed_no_bank");
    else if (first === null) wrong.textContent = t("typed_bad_number");
    else if (first !== readAccountNumber(again.value)) wrong.textContent = t("typed_differ");
    else void add(stall, { how: "typed", scanned_payload: null, bin: found.bin, account_number: first, holder_name: null, primary: false });
  };
  draw({
    title: t("typed_title", { code: stall.code }), back: `#/enrol/${id}`,
    main: [steps(2), h("p", null, t("typed_help")), h("form", { class: "stack", novalidate: true, onsubmit: use },
      h("datalist", { id: "banks" }, state.market.banks.filter((one) => one.transfer).map((one) => h("option", { value: one.name }))),
      h("div", { class: "field" }, h("label", { for: "bank" }, t("bank")), bank),
      h("div", { class: "field" }, h("label", { for: "number" }, t("number")), number),
      h("div", { class: "field" }, h("label", { for: "again" }, t("number_again")), again), wrong,
      h("button", { class: "btn go wide big" }, t("use_it")))],
  });
}

/** Screen 3: read together in large type, and the consent. What is typed changes the cards in place: nothing moves under a thumb. */
export async function checkScreen(id: string): Promise<void> {
  const stall = state.market.get(id);
  const draft = state.draft;
  if (!stall || draft?.stall_id !== id || draft.accounts.length === 0) return go(stall ? `#/enrol/${id}` : "#/");
  const warnings = h("div", { class: "stack-2", role: "status" });
  const problem = h("p", { class: "err", role: "alert" });
  const warn = async (): Promise<boolean> => {
    const found = await repeats(draft, stall);
    warnings.replaceChildren(...found.map(({ what, stall_code }) => h("div", { class: "note" }, glyph("hen"), h("div", null, t(`twice_${what}`, { code: stall_code })))));
    return found.some(({ what }) => what === "account");
  };
  const agreed = consent(draft);
  const cards = draft.accounts.map((account) => new Card(account, draft, () => paint()));
  const paint = (): void => {
    for (const card of cards) card.paint();
    agreed.holder.hidden = !draft.accounts.some((account) => account.holder_name !== null);
    void saveDraft(draft);
  };
  draw({
    title: draft.full_name === "" ? stall.code : `${stall.code} · ${calledShort(draft.full_name, draft.address)}`,
    back: `#/enrol/${id}`,
    main: [
      steps(3),
      draft.revises === null ? null : h("div", { class: "note" }, glyph("hen"), h("div", null, t("redo_note"))),
      cards.map((card) => card.section),
      h("p", null, h("b", null, t("read_aloud", { you: you(draft.address) }))),
      warnings,
      nameAndPhone(draft, stall, paint, () => void warn()),
      agreed.lines,
      problem,
      h("button", { class: "btn go wide big", type: "button", onclick: () => void finish(draft, stall, problem, warn) }, t("finish")),
      h("div", { class: "two" },
        h("button", { class: "btn quiet", type: "button", onclick: () => void again(draft, stall) }, t("scan_again")),
        h("a", { class: "btn quiet", href: `#/enrol/${id}` }, t("add_account"))),
      h("button", { class: "btn quiet wide", type: "button", onclick: () => void abandon(stall) }, t("abandon")),
    ],
  });
  paint();
  await warn();
}

/** One account: bank, name as banks print it and as people write it, last digits, huge. */
class Card {
  readonly section: HTMLElement;
  private readonly who = h("p", { class: "who" });
  private readonly marked = h("p", { class: "hint" });
  private readonly said = h("div", null);
  private readonly rank = h("div", null);
  private readonly read: ReadAccount | null;

  constructor(private readonly account: DraftAccount, private readonly draft: Draft, private readonly changed: () => void) {
    const read = (this.read = readAccount(account, state.market));
    const at = `holder-${draft.accounts.indexOf(account)}`;
    const other = h("input", { class: "input", id: at, value: account.holder_name ?? "", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", oninput: () => {
      const said = other.value.trim();
      account.holder_name = said === "" || nameFold(said) === nameFold(draft.full_name) ? null : said;
      changed();
    } });
    this.section = h("section", { class: "stack-2" },
      h("div", { class: "bankcard" }, h("p", null, read?.bin ? state.market.bankName(read.bin) : t("wallet")), this.who, this.marked,
        !read || read.last4 === "" ? null : [h("p", { class: "hint gap-t" }, t("ends_in")), h("p", { class: "last" }, read.last4)], this.rank),
      this.said,
      h("details", { class: "more-l", open: account.holder_name !== null }, h("summary", null, t("other_holder")), h("div", { class: "field" }, h("label", { for: at }, t("holder_label")), other)));
  }

  paint(): void {
    const { account, draft } = this;
    const holder = holderOf(account, draft);
    const isOwn = nameFold(holder) === nameFold(draft.full_name);
    this.who.textContent = bankCapitals(holder) || t("name_first");
    this.marked.textContent = isOwn ? draft.full_name : "";
    const rank = account.primary ? h("p", { class: "hint" }, t("primary")) : h("button", { class: "btn s", type: "button", onclick: () => {
      for (const one of draft.accounts) one.primary = one === account;
      this.changed();
    } }, t("make_primary"));
    this.rank.replaceChildren(...(draft.accounts.length > 1 ? [rank] : []));
    const codeName = this.read?.codeName ?? null;
    const isOdd = isOwn && codeName !== null && !agrees(codeName, [draft.full_name]);
    const words = draft.full_name === "" ? "" : isOdd ? t("name_in_code", { name: codeName }) : isOwn ? t("name_matches") : t("name_other");
    const isFine = isOwn && !isOdd;
    this.said.replaceChildren(...(words === "" ? [] : [h("div", { class: isFine ? "note ok" : "note" }, isFine ? icon("check") : glyph("hen"), h("div", null, words))]));
  }
}

/** The name only when the list does not know it; the phone because warnings go there. */
function nameAndPhone(draft: Draft, stall: Stall, paint: () => void, warn: () => void): Child {
  const name = h("input", { class: "input", id: "name", value: draft.full_name, autocomplete: "off", spellcheck: "false", autocapitalize: "words", oninput: () => {
    draft.full_name = nfcClean(name.value);
    paint();
  } });
  const phone = h("input", { class: "input", id: "phone", value: draft.phone, inputmode: "tel", autocomplete: "off", oninput: () => {
    draft.phone = phone.value.trim();
    paint();
  }, onchange: warn });
  const address = h("select", { class: "input", id: "address", onchange: () => {
    draft.address = address.value;
    paint();
  } }, ADDRESSES.map((one) => h("option", { value: one, selected: one === draft.address }, word("address", one))));
  return [
    stall.vendor === null ? h("div", { class: "field" }, h("label", { for: "name" }, t("vendor_name")), h("span", { class: "hint" }, t("vendor_name_hint")), name) : null,
    h("details", { class: "more-l", open: stall.vendor === null || draft.phone !== "" }, h("summary", null, t("phone_and_address")),
      h("div", { class: "stack" }, stall.phone_last4 === null ? h("div", { class: "field" }, h("label", { for: "phone" }, t("phone")), h("span", { class: "hint" }, t("phone_hint")), phone) : h("p", { class: "hint" }, t("phone_known", { last4: stall.phone_last4 })),
        h("div", { class: "field" }, h("label", { for: "address" }, t("address")), address))),
  ];
}

/** One line a purpose, none ticked beforehand; the holder's own only when the account is somebody else's. */
function consent(draft: Draft): { lines: Child; holder: HTMLElement } {
  const line = (purpose: string, label: string, hint: string | null): HTMLElement => h("label", { class: "tick" },
    h("input", { type: "checkbox", id: `agree-${purpose}`, checked: purpose === "account_holder" ? draft.account_holder : draft.purposes.includes(purpose), onchange: (event) => {
      const on = (event.target as HTMLInputElement).checked;
      if (purpose === "account_holder") draft.account_holder = on;
      else draft.purposes = on ? [...draft.purposes.filter((one) => one !== purpose), purpose] : draft.purposes.filter((one) => one !== purpose);
      void saveDraft(draft);
    } }), h("span", null, label, hint === null ? null : [h("br", null), h("span", { class: "hint" }, hint)]));
  const holder = line("account_holder", t("consent_holder"), null);
  const lines = [
    h("fieldset", { class: "consent" }, h("legend", { class: "sr" }, t("consent_legend")),
      line("issue_code", t("consent_issue_code"), null), line("follow_up", t("consent_follow_up"), t("optional")), line("statistics", t("consent_statistics"), t("optional")), holder),
    h("p", { class: "hint" }, state.market.consent.words),
  ];
  return { lines, holder };
}

async function repeats(draft: Draft, stall: Stall): Promise<Awaited<ReturnType<typeof twice>>> {
  // What this one stands in place of is no repeat of it.
  const queued = (await records()).filter((record) => record.id !== draft.revises);
  const found = await twice(state.market, queued, { stall, phone: readPhone(draft.phone) });
  for (const account of draft.accounts) {
    const identity = readAccount(account, state.market)?.identity ?? null;
    found.push(...(await twice(state.market, [], { stall, identity })), ...(await twice(state.market, queued, { stall, identity })).filter(({ what }) => what === "account"));
  }
  const seen = new Set<string>();
  return found.filter(({ what, stall_code }) => !seen.has(`${what}${stall_code}`) && seen.add(`${what}${stall_code}`));
}

async function again(draft: Draft, stall: Stall): Promise<void> {
  draft.accounts.pop();
  if (draft.accounts.length > 0) draft.accounts[0]!.primary ||= !draft.accounts.some((account) => account.primary);
  await keep(draft);
  go(`#/enrol/${stall.stall_id}`);
}

async function abandon(stall: Stall): Promise<void> {
  state.draft = null;
  await dropDraft();
  go(`#/stall/${stall.stall_id}`);
}

async function finish(draft: Draft, stall: Stall, problem: HTMLElement, warn: () => Promise<boolean>): Promise<void> {
  const wrong = draft.full_name === "" ? t("name_missing")
    : !draft.purposes.includes("issue_code") ? t("consent_missing", { you: you(draft.address) })
    : draft.accounts.some((account) => account.holder_name !== null) && !draft.account_holder ? t("holder_missing")
    : draft.phone !== "" && readPhone(draft.phone) === null ? t("phone_wrong") : "";
  problem.textContent = wrong;
  if (wrong !== "") return;
  const usedByOther = await warn();
  const reads = draft.accounts.map((account) => ({ account, read: readAccount(account, state.market) }));
  const first = reads.find(({ account }) => account.primary) ?? reads[0]!;
  const reasons = reasonsOf(draft, stall, state.market, usedByOther);
  try {
    const record = await queue({
      kind: "enrolment", market: state.market, stall, body: enrolmentBody(draft, stall, state.market, rfc3339(now())),
      identities: reads.flatMap(({ read }) => (read?.identity ? [read.identity] : [])), phone: readPhone(draft.phone),
      revises: draft.revises === null ? null : { id: draft.revises, rev: draft.rev - 1 },
    });
    state.fresh = {
      record, stall, payee: holderOf(first.account, draft), bank: first.read?.bin ? state.market.bankName(first.read.bin) : t("wallet"), last4: first.read?.last4 ?? "",
      payload: reasons.length === 0 ? (first.read?.issued ?? null) : null, reasons,
    };
    state.draft = null;
    await dropDraft();
    go(`#/code/${record.id}`);
  } catch {
    problem.textContent = t("not_saved");
  }
}
