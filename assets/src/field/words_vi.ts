import address from "../../locales/vi/address.json";
import field from "../../locales/vi/field.json";
import outcome from "../../locales/vi/outcome.json";
import progress from "../../locales/vi/progress.json";
import reason from "../../locales/vi/reason.json";
import review_reason from "../../locales/vi/review_reason.json";
import safety from "../../locales/vi/safety.json";
import verdict from "../../locales/vi/verdict.json";
import type { Words } from "./words";

export const words: Words = { field, nouns: { address, outcome, progress, reason, review_reason, safety, verdict } };
