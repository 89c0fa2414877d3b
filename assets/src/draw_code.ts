/** Draws a QR symbol as SVG in the page: one path, whole runs of modules, four modules of quiet zone. */
import encodeQR from "qr";

/** What is still missing of the quiet zone of four modules: the library draws one. */
const QUIET = 3;
const SVG = "http://www.w3.org/2000/svg";

export function drawCode(text: string, title: string): SVGSVGElement {
  const modules = encodeQR(text, "raw", { ecc: "medium", border: 1 });
  const side = modules.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("shape-rendering", "crispEdges");
  const name = document.createElementNS(SVG, "title");
  name.textContent = title;
  svg.append(name, path("#fff", `M0 0h${side}v${side}H0z`), path("#000", runs(modules)));
  return svg;
}

function path(fill: string, d: string): SVGPathElement {
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("fill", fill);
  drawn.setAttribute("d", d);
  return drawn;
}

function runs(modules: boolean[][]): string {
  let d = "";
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; ) {
      let end = x;
      while (row[end] === true) end += 1;
      if (end > x) d += `M${x + QUIET} ${y + QUIET}h${end - x}v1h-${end - x}z`;
      x = end + 1;
    }
  });
  return d;
}
