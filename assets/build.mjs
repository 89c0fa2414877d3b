// Builds what the binary embeds: the pages' script and stylesheet, the field app, the drawings, and the print fonts with
// their licence.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { define } from "./bins.mjs";

const fonts = "node_modules/@expo-google-fonts/be-vietnam-pro";
// Times New Roman's measures, as NĐ 30/2020 asks for.
const serif = "node_modules/@expo-google-fonts/tinos";
const copies = [
  ["src/mark.svg", "mark.svg"],
  ["src/icons.svg", "icons.svg"],
  [`${fonts}/400Regular/BeVietnamPro_400Regular.ttf`, "fonts/regular.ttf"],
  [`${fonts}/600SemiBold/BeVietnamPro_600SemiBold.ttf`, "fonts/semibold.ttf"],
  [`${fonts}/700Bold/BeVietnamPro_700Bold.ttf`, "fonts/bold.ttf"],
  [`${fonts}/LICENSE_FONT`, "fonts/LICENSE.txt"],
  [`${serif}/400Regular/Tinos_400Regular.ttf`, "fonts/serif.ttf"],
  [`${serif}/400Regular_Italic/Tinos_400Regular_Italic.ttf`, "fonts/serif_italic.ttf"],
  [`${serif}/700Bold/Tinos_700Bold.ttf`, "fonts/serif_bold.ttf"],
  [`${serif}/LICENSE_FONT`, "fonts/LICENSE_SERIF.txt"],
];

await rm("dist", { recursive: true, force: true });
await mkdir("dist/fonts", { recursive: true });
await build({
  entryPoints: ["src/page.ts", "src/page.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: "dist",
});
// The field app: what is heavy is a file of its own, fetched when it is needed. Names carry a hash of the content, so that
// files may name each other and be kept for ever.
await build({
  entryPoints: { field: "src/field/app.ts", "field-style": "src/field/app.css" },
  bundle: true,
  splitting: true,
  minify: true,
  // Vietnamese as it is written: escaped, it weighs twice as much.
  charset: "utf8",
  format: "esm",
  target: "es2022",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[name]-[hash]",
  define,
  outdir: "dist/field",
});
await build({ entryPoints: { early: "src/field/early.ts" }, bundle: true, minify: true, format: "iife", target: "es2022", entryNames: "[name]-[hash]", outdir: "dist/field" });
await build({ entryPoints: ["src/field/worker.ts"], bundle: true, minify: true, format: "iife", target: "es2022", outfile: "dist/field_worker.js" });
await Promise.all(copies.map(([from, to]) => copyFile(from, `dist/${to}`)));

// What a phone loads over one bar of signal is compressed as far as it goes, once and here.
const squeezed = [...(await readdir("dist/field")).map((name) => `dist/field/${name}`), "dist/icons.svg", "dist/mark.svg"];
await mkdir("dist/br");
await Promise.all(squeezed.map(async (path) => {
  const small = brotliCompressSync(await readFile(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  await writeFile(`dist/br/${path.split("/").at(-1)}.br`, small);
}));
