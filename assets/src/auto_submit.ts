/** Sends a filter form as soon as a choice is made. Without it its button sends it. */
export function autoSubmit(root: ParentNode): void {
  for (const select of root.querySelectorAll<HTMLSelectElement>("select[data-autosubmit]")) {
    select.addEventListener("change", () => { select.form?.requestSubmit(); });
  }
}
