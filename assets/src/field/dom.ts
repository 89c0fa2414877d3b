/** Builds elements. Text always goes in as text. */
export type Child = Node | string | number | null | undefined | false | Child[];
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

/** `class`, `href`, `disabled`… become attributes, `onclick` and its like listeners. */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, values: Record<string, Value> | null, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(values ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false && child !== "") parent.appendChild(document.createTextNode(String(child)));
  }
}

const SVG = "http://www.w3.org/2000/svg";

function use(kind: string, name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", kind === "i" ? "i" : `g ${name}`);
  svg.setAttribute("aria-hidden", "true");
  const inner = document.createElementNS(SVG, "use");
  inner.setAttribute("href", `#${kind}-${name}`);
  svg.append(inner);
  return svg;
}

export const icon = (name: string): SVGSVGElement => use("i", name);
/** A status glyph: shape and colour, always beside its word. */
export const glyph = (name: string): SVGSVGElement => use("g", name);
