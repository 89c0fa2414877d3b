/** Asks once before a form that says `data-confirm` is sent. Without it the form is simply sent. */
export function confirmForms(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset["confirm"] ?? "")) event.preventDefault();
    });
  }
}
