/** Says which photo was chosen. Without it the browser's own field says so. */
export function fileFields(root: ParentNode): void {
  for (const output of root.querySelectorAll<HTMLOutputElement>("output[data-file-name]")) {
    const field = output.closest("label");
    const input = field?.querySelector<HTMLInputElement>("input[type=file]");
    input?.addEventListener("change", () => {
      const name = input.files?.[0]?.name;
      output.textContent = name ?? output.dataset["fileName"] ?? "";
      field?.classList.toggle("has", name !== undefined);
    });
  }
}
