import address from "../../locales/en/address.json";
import field from "../../locales/en/field.json";
import outcome from "../../locales/en/outcome.json";
import progress from "../../locales/en/progress.json";
import reason from "../../locales/en/reason.json";
import review_reason from "../../locales/en/review_reason.json";
import safety from "../../locales/en/safety.json";
import verdict from "../../locales/en/verdict.json";
import type { Words } from "./words";

export const words: Words = { field, nouns: { address, outcome, progress, reason, review_reason, safety, verdict } };
