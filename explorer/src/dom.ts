/** Small helpers to build elements. */

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, unknown>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
  }
}

/** An HTML element; attributes that begin with "on" are listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

/** A labeled list of choices. */
export function choice(
  label: string,
  options: { id: string; name: string }[],
  value: string,
  change: (id: string) => void,
): HTMLLabelElement {
  const select = h("select", { "aria-label": label, onchange: (event: Event) => change((event.target as HTMLSelectElement).value) });
  for (const { id, name } of options) select.append(h("option", { value: id }, name));
  select.value = value;
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

export function button(text: string, click: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick: click, ...attributes }, text);
}

export function number(value: number): string {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  const text = Number.isInteger(value) || size >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  return text.replace("-", "−");
}
