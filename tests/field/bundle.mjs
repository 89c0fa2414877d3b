// The field app's modules as a test can load them: bundled as they are for the browser.
import { createRequire } from "node:module";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "../..");
const { build } = createRequire(join(root, "assets/package.json"))("esbuild");
const { define } = await import(pathToFileURL(join(root, "assets/bins.mjs")));

/** Every export of some modules of the app, in one object. */
export async function load(...modules) {
  const out = join(mkdtempSync(join(tmpdir(), "choqr-field-")), "bundle.mjs");
  await build({ ...source(modules), outfile: out, define });
  return import(pathToFileURL(out));
}

/** The same as text that a page can run, with its exports under a name. */
export async function script(name, ...modules) {
  const { outputFiles } = await build({ ...source(modules), format: "iife", globalName: name, write: false, define });
  return outputFiles[0].text;
}

function source(modules) {
  const contents = modules.map((file) => `export * from ${JSON.stringify(join(root, "assets/src/field", file))};`).join("\n");
  return { stdin: { contents, resolveDir: root, loader: "ts" }, bundle: true, format: "esm", target: "es2022", logLevel: "error" };
}
