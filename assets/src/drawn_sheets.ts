/** Shows how far a sheet is while it is drawn and saved. Without it the browser's own list of downloads says so. */

/** Between two questions, in milliseconds. */
const EVERY = 400;
/** A sheet that moves no further for so many questions was given up. */
const PATIENCE = 75;

export function drawnSheets(root: ParentNode): void {
  const form = root.querySelector<HTMLFormElement>("form[data-download]");
  const bar = form?.querySelector<HTMLElement>("[data-drawn]");
  const progress = bar?.querySelector("progress");
  const count = bar?.querySelector<HTMLElement>("[data-drawn-count]");
  const address = form?.dataset["download"];
  if (!form || !bar || !progress || !count || !address) return;
  const total = Number(form.dataset["total"]);
  let runs = 0;

  form.addEventListener("submit", () => {
    const mine = (runs += 1);
    let last = -1;
    let still = 0;
    bar.hidden = false;
    const ask = async (): Promise<void> => {
      if (mine !== runs) return;
      const answer = await fetch(address, { headers: { accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const { drawn } = (await answer.json()) as { drawn: number };
      progress.value = drawn;
      count.textContent = String(drawn);
      still = drawn === last ? still + 1 : 0;
      last = drawn;
      if (drawn < total && still < PATIENCE) window.setTimeout(() => void ask(), EVERY);
    };
    window.setTimeout(() => void ask(), EVERY);
  });
}
