/**
 * The amount page without a network: the code that the page brought gets the typed amount and is drawn anew at each key.
 * Without it the form asks the server, which makes the same text.
 */
import { drawCode } from "./draw_code";
import { dynamicPayload, readAmount, sayAmount } from "./dynamic_payload";

export function amountPage(root: ParentNode): void {
  const form = root.querySelector<HTMLFormElement>("form[data-amount]");
  const input = form?.querySelector<HTMLInputElement>("input[name=amount]");
  const box = root.querySelector<HTMLElement>("[data-amount-code]");
  const said = root.querySelector<HTMLElement>("[data-amount-said]");
  const error = root.querySelector<HTMLElement>("#amount-err");
  const payload = form?.dataset["amount"];
  if (!form || !input || !box || !said || !error || !payload) return;

  // The words and the code change in one go: nobody may show a code beside another amount.
  const show = (): void => {
    const amount = readAmount(input.value);
    const isWrong = amount === null && input.value.trim() !== "";
    error.textContent = isWrong ? (form.dataset["wrong"] ?? "") : "";
    input.setAttribute("aria-invalid", String(isWrong));
    const text = amount === null ? payload : dynamicPayload(payload, amount);
    box.replaceChildren(drawCode(text, box.dataset["title"] ?? ""));
    said.textContent = amount === null ? "" : sayAmount(amount);
    for (const link of root.querySelectorAll<HTMLAnchorElement>("a[data-pay]")) {
      const target = new URL(link.href);
      if (amount === null) target.searchParams.delete("amount");
      else target.searchParams.set("amount", String(amount));
      link.href = target.href;
    }
  };

  input.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    box.scrollIntoView({ block: "center" });
  });
}
