/** Shows the buttons that print the page; without a script the browser's own menu prints it. */
export function printButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => { window.print(); });
  }
}
