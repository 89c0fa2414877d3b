/** What the field app knows: the nouns that travel between server, store and screens. Field names are the API's. */

export type Progress =
  | "not_reached" | "postponed" | "awaiting_account" | "declined" | "in_review" | "needs_fix" | "code_issued" | "posted" | "in_use" | "stopped";
export type Safety = "none" | "match" | "own_code" | "mismatch" | "damaged" | "changing" | "revoked";
export type Occupancy = "vacant" | "trading" | "paused" | "left";
export type Outcome = "agreed" | "postponed" | "awaiting_account" | "declined" | "stopped" | "in_use" | "closed";
export type How = "camera" | "photo" | "paste" | "typed";
export type Kind = "enrolment" | "visit" | "sticker_check" | "test_transfer";

/** Whose phone this is: the answer of `GET /dd/api/me`, kept for when there is no network. */
export interface Me {
  staff: { name: string; role: string };
  device: { device_id: string; label: string } | null;
  markets: { market_id: string; name: string }[];
  field_key: { key_id: string; public_key: string };
  /** The server's clock, milliseconds UTC. */
  now: number;
  schema: { oldest: number; newest: number };
}

/** A code that is or was in force at a stall. No account number: salted hashes, the bank and the last digits. */
export interface PackCode {
  /** Base64url of the first 12 bytes of HMAC-SHA-256(pack key, stall id ‖ "p" ‖ payload). */
  payload_hash: string;
  /** The same over stall id ‖ "i" ‖ identity (scheme, BIN, account, service). */
  identity_hash: string;
  status: "active" | "frozen" | "ended";
  bin: string | null;
  last4: string;
  holder: string | null;
  primary: boolean;
}

/** What somebody met with at a stall, latest first. */
export interface PackVisit { at: number; outcome: Outcome; reason: string | null; come_back_on: string | null; by: string }

/** A stall as the phone holds it. */
export interface Stall {
  stall_id: string;
  code: string;
  zone: string;
  row: string;
  number: string;
  goods: string | null;
  occupancy: Occupancy;
  progress: Progress;
  safety: Safety;
  come_back_on: string | null;
  version: number;
  vendor_id: string | null;
  vendor: string | null;
  /** `co chu bac chi anh em unknown`. */
  address: string;
  phone_last4: string | null;
  unconfirmed: boolean;
  frozen: boolean;
  /** When the sticker was last scanned. */
  checked_at: number | null;
  codes: PackCode[];
  visits: PackVisit[];
  /** 8 hex digits: 32 bits of HMAC(pack key, "a" ‖ identity), one for each account in force; for duplicates only. */
  account_marks: string[];
  /** 6 hex digits: 24 bits of HMAC(pack key, "t" ‖ phone in national form). */
  phone_mark: string | null;
}

export interface Bank { bin: string; name: string; code: string; transfer: boolean }

export interface MarketRules {
  market_id: string;
  name: string;
  /** Every code waits for a second person. */
  review_first: boolean;
  /** What transfers say (tag 62.08), empty by default. */
  transfer_purpose: string | null;
  contact_name: string | null;
  contact_phone: string | null;
  /** The rows that the lead gave to this person; a server of before does not say. */
  my_rows?: string[];
}

/** `GET /dd/api/markets/{id}/pack?since=`: all stalls, or those that changed. */
export interface Pack {
  now: number;
  cursor: number;
  full: boolean;
  /** How many stalls the market has; a server of before does not say. */
  total?: number;
  market: MarketRules;
  /** Base64url of 32 bytes, this phone's and this market's own. */
  pack_key: string;
  /** Only with a full pack. */
  banks?: Bank[];
  consent: { text_version: string; words: string };
  stalls: Stall[];
}

/** A record sealed to the server; only the server opens it. All binary is base64url without padding. */
export interface Sealed { key_id: string; epk: string; iv: string; box: string }

/** What became of a record. */
export type RecordState =
  /** On this phone only. */
  | "saved"
  /** The server has it and it counts. */
  | "received"
  /** The server keeps it; somebody corrects it there. */
  | "refused"
  /** The server keeps it beside another phone's, until a person chooses. */
  | "conflict"
  /** The server keeps it, since this phone was revoked. */
  | "quarantined"
  /** It was corrected, or accepted by a person, and counts. */
  | "corrected"
  /** A person decided that it does not count. */
  | "dropped";

/** A record on the phone. What is personal is inside `sealed`; the rest is what the list shows. */
export interface OutboxRecord {
  id: string;
  kind: Kind;
  market_id: string;
  stall_id: string;
  stall_code: string;
  vendor: string;
  rev: number;
  /** The record in whose place this one stands. */
  revises: string | null;
  sealed: Sealed;
  saved_at: number;
  state: RecordState;
  tries: number;
  /** Not before this moment (phone's clock), after a failed try. */
  next_try_at: number;
  /** `PN-…`, told by the server. */
  receipt: string | null;
  /** `code_issued`, `in_review`; the verdict of a check. */
  result: string | null;
  payment_code_id: string | null;
  /** What the server says is wrong, in the reader's language. */
  problem: string | null;
  received_at: number | null;
  account_marks: string[];
  phone_mark: string | null;
  has_photo: boolean;
}

export interface SendItem { id: string; kind: Kind; market_id: string; stall_id: string; rev: number; revises: string | null; sealed: Sealed }
/** Body of `POST /dd/api/send`. `sent_at` is the phone's own clock, right or wrong. */
export interface SendBody {
  schema: number;
  sent_at: number;
  unsent: number;
  oldest_unsent: number | null;
  items: SendItem[];
  /** Records that waited for a person when last heard of. */
  watch: { id: string; market_id: string }[];
}
export interface SendResult {
  id: string;
  /** `retry` means: not stored, send it again. */
  state: "received" | "refused" | "conflict" | "quarantined" | "corrected" | "dropped" | "retry";
  status: number;
  receipt: string | null;
  result: string | null;
  payment_code_id: string | null;
  problem: string | null;
}
export interface SendAnswer { now: number; results: SendResult[]; watched: SendResult[] }

/** What is sealed: the body that the API takes, and what the phone's clock said. */
export interface Plain { schema: number; id: string; body: unknown; clock: { at: number; offset: number | null } }

/** The account on its way into an enrolment. */
export interface DraftAccount {
  how: How;
  scanned_payload: string | null;
  bin: string | null;
  account_number: string | null;
  /** `null`: declared to be the vendor's own name. */
  holder_name: string | null;
  primary: boolean;
}

/** The one enrolment that is being made on this phone. */
export interface Draft {
  stall_id: string;
  market_id: string;
  base_version: number;
  full_name: string;
  address: string;
  phone: string;
  goods: string | null;
  accounts: DraftAccount[];
  purposes: string[];
  account_holder: boolean;
  keep_current: boolean;
  revises: string | null;
  rev: number;
  begun_at: number;
}

/** What a scan at a stall says without the network. `foreign` is LỆCH MÃ: the server tells later whose it is. */
export type OfflineVerdict = "match" | "own_code" | "superseded" | "foreign" | "unreadable";
