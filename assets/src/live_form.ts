/**
 * Shows what a choice leads to as soon as it is made: the page of the same address is fetched, and the parts that say what
 * comes out are put in place of those that stand here. Fields that people type into stay where they are, and so does the
 * focus. Without it a button asks for the page.
 */
export function liveForms(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-live]");
  if (!form) return;
  // What they would show is shown already; one of them still answers the Enter key.
  for (const button of form.querySelectorAll<HTMLButtonElement>("button[data-look]")) button.hidden = true;
  let asked = 0;
  let waits = 0;

  const show = async (): Promise<void> => {
    const mine = (asked += 1);
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value !== "" && name !== "sure") url.searchParams.set(name, value);
    }
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) {
      form.requestSubmit();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    for (const part of root.querySelectorAll<HTMLElement>("[data-part]")) {
      const next = page.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      // A choice that is moved from one document to another does not stay chosen by itself.
      const chosen = next instanceof HTMLSelectElement ? next.value : null;
      part.replaceChildren(...next.childNodes);
      if (chosen !== null && part instanceof HTMLSelectElement) part.value = chosen;
    }
    history.replaceState(null, "", url);
  };

  form.addEventListener("change", (event) => {
    const field = event.target;
    // A tick is said to the button that prints; what is typed is shown after a short rest.
    if (field instanceof HTMLSelectElement || (field instanceof HTMLInputElement && field.type === "radio")) void show();
  });
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.type !== "text") return;
    window.clearTimeout(waits);
    waits = window.setTimeout(() => void show(), 500);
  });
}
