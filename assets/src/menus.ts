/** Closes an open menu by Escape or by a tap elsewhere. Without it a second tap on its name closes it. */
export function closeMenus(root: Document): void {
  const close = (except: EventTarget | null): void => {
    for (const menu of root.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      if (!(except instanceof Node && menu.contains(except))) menu.open = false;
    }
  };
  root.addEventListener("click", (event) => { close(event.target); });
  root.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });
}
