/** What the screens share while the app is open. */
import type { Market } from "./market";
import type { Draft, Me, OutboxRecord, Stall } from "./model";

/** The code that has just been made: its payload is in memory only, since the record is sealed. */
export interface FreshCode {
  record: OutboxRecord;
  stall: Stall;
  payee: string;
  bank: string;
  last4: string;
  /** `null` when a second person has to decide first. */
  payload: string | null;
  reasons: string[];
}

interface State {
  me: Me;
  market: Market;
  /** The rows this person walks; empty for all. */
  rows: string[];
  /** Stalls at which a record waits on this phone. */
  pending: Set<string>;
  draft: Draft | null;
  fresh: FreshCode | null;
  /** Until its first market is kept, this phone has nothing of anybody. */
  isNew: boolean;
  /** An updated app waits to take over. */
  hasUpdate: boolean;
  view: "map" | "list";
}

export const state = { rows: [], pending: new Set<string>(), draft: null, fresh: null, isNew: false, hasUpdate: false, view: "map" } as unknown as State;

/** The stalls of one's own rows. */
export function mine(): readonly Stall[] {
  const { market, rows } = state;
  return rows.length === 0 ? market.stalls : market.stalls.filter((stall) => rows.includes(rowOf(stall)));
}

/** A row's name: its zone and itself, as a sign in the market says. */
export const rowOf = (stall: Stall): string => (stall.row === "" ? stall.zone : stall.row);
