/** Whether a code is issued at once: the server's rule (domain/payment_account.rs), as far as a phone can know the facts. */
import type { How } from "./model";
import { nameFold } from "./payment_code/fold";

export interface IssueFacts { how: How; nameMatches: boolean; usedByOther: boolean; isChange: boolean; reviewFirst: boolean }

/** Empty: at once. Otherwise a second person decides, and these are the reasons. */
export function reviewReasons(facts: IssueFacts): string[] {
  const rules: [boolean, string][] = [
    [facts.how === "typed", "typed_by_hand"],
    [!facts.nameMatches, "name_differs"],
    [facts.usedByOther, "account_in_use"],
    [facts.isChange, "account_change"],
    [facts.reviewFirst, "review_first"],
  ];
  return rules.filter(([applies]) => applies).map(([, reason]) => reason);
}

/** EMVCo gives the merchant name (tag 59) at most 25 characters: a longer one is cut there. */
const LONGEST_CODE_NAME = 25;

/** Whether the name inside a code, if there is one, is one of these, or what fits of it. */
export function agrees(codeName: string | null, names: string[]): boolean {
  if (codeName === null || codeName.trim() === "") return true;
  const said = nameFold(codeName);
  const isCut = [...codeName].length >= LONGEST_CODE_NAME;
  return names.map(nameFold).some((name) => name === said || (isCut && name.startsWith(said)));
}
