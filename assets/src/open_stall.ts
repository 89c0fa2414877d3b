/** Brings the stall that is open into sight in the list and on the map. Without it one scrolls by hand. */
export function showOpenStall(root: ParentNode): void {
  for (const pane of root.querySelectorAll<HTMLElement>(".list, .map-pane")) {
    const open = pane.querySelector<HTMLElement>("a[aria-current]");
    if (open) pane.scrollTop = Math.max(0, open.offsetTop - pane.clientHeight / 3);
  }
}
