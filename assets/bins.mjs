// The BINs of the bank directory, for the app's reader: what the bundler puts in place of `BINS`.
import { readFileSync } from "node:fs";

const rows = readFileSync(new URL("data/banks.csv", import.meta.url), "utf8").split("\n").filter((row) => /^\d{6},/u.test(row));

export const define = { BINS: JSON.stringify(rows.map((row) => row.slice(0, 6)).join(" ")) };
