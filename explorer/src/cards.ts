/** How rows look: pictures, series, or the cells of a table. */

import type { Cards, Description } from "./api";
import { h, s } from "./dom";

const LINES = ["var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)"];
const [WIDTH, HEIGHT] = [240, 120];

/** Number of rows that cards hold. */
export function count(cards: Cards): number {
  if (cards.form === "image") return cards.pictures.shape[0]!;
  return cards.form === "series" ? cards.series.shape[0]! : cards.cells.length;
}

/** One row: a picture, a chart, or a list of its cells. */
export function card(about: Description, cards: Cards, i: number): HTMLElement | SVGElement {
  if (cards.form === "image") return picture(cards, i);
  if (cards.form === "series") return chart(about, [line(cards, i)]);
  return table(about.columns, [cards.cells[i]!]);
}

/** A row beside its reconstruction. */
export function pair(about: Description, both: [Cards, Cards]): Element {
  const [row, again] = both;
  if (row.form === "series" && again.form === "series") {
    const legend = h("p", { class: "legend" }, "— the row", h("span", { class: "dashed" }, "┄ its reconstruction"));
    return h("div", {}, chart(about, [line(row, 0), line(again, 0)], true), legend);
  }
  if (row.form === "table" && again.form === "table") {
    return table(about.columns, [row.cells[0]!, again.cells[0]!], ["row", "reconstruction"]);
  }
  const figure = (cards: Cards, name: string) => h("figure", {}, card(about, cards, 0), h("figcaption", {}, name));
  return h("div", { class: "pair" }, figure(row, "row"), figure(again, "reconstruction"));
}

/** Many rows, each with a caption and an action. */
export function gallery(about: Description, cards: Cards, captions: string[], pick?: (i: number) => void): HTMLElement {
  if (cards.form === "table") return wide(about.columns, cards.cells, captions, pick);
  const items = captions.map((caption, i) => {
    const content = [card(about, cards, i), h("span", {}, caption)];
    return pick ? h("button", { type: "button", class: "tile", onclick: () => pick(i) }, ...content) : h("div", { class: "tile" }, ...content);
  });
  return h("div", { class: `gallery ${cards.form}` }, ...items);
}

function picture(cards: Extract<Cards, { form: "image" }>, i: number): HTMLCanvasElement {
  const [, height, width, channels] = cards.pictures.shape as [number, number, number, number];
  const canvas = h("canvas", { class: "picture", width, height });
  const image = new ImageData(width, height);
  const start = i * height * width * channels;
  const source = cards.pictures.data;
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let k = 0; k < 3; k++) image.data[4 * pixel + k] = source[start + pixel * channels + (channels === 3 ? k : 0)]!;
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

/** The values of one window, (steps, series). */
interface Line {
  values: Float32Array;
  steps: number;
  series: number;
}

function line(cards: Extract<Cards, { form: "series" }>, i: number): Line {
  const [, steps, series] = cards.series.shape as [number, number, number];
  const values = cards.series.data.subarray(i * steps * series, (i + 1) * steps * series) as Float32Array;
  return { values, steps, series };
}

/** A chart of windows; the second one, if any, is dashed. Every series has its own range. */
function chart(about: Description, lines: Line[], dashed = false): SVGElement {
  const { low, high } = about.series!;
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "series" });
  lines.forEach(({ values, steps, series }, which) => {
    for (let k = 0; k < Math.min(series, LINES.length); k++) {
      const range = high[k]! - low[k]! || 1;
      const points = Array.from({ length: steps }, (_, t) => {
        const y = HEIGHT - 6 - ((values[t * series + k]! - low[k]!) / range) * (HEIGHT - 12);
        return `${((t / Math.max(1, steps - 1)) * WIDTH).toFixed(1)},${y.toFixed(1)}`;
      });
      svg.append(s("polyline", { points: points.join(" "), stroke: LINES[k], "stroke-dasharray": dashed && which ? "5 4" : null }));
    }
  });
  return svg;
}

/** Cells below each other, with columns of one or two rows. */
function table(columns: string[], rows: string[][], heads?: string[]): HTMLTableElement {
  const body = h("tbody");
  rows[0]!.forEach((_, j) => {
    const differs = rows.length === 2 && rows[0]![j] !== "" && rows[0]![j] !== rows[1]![j];
    const cells = rows.map((row, k) => h("td", { class: k && differs ? "differs" : null }, row[j] || h("span", { class: "blank" }, "blank")));
    body.append(h("tr", {}, h("th", { scope: "row" }, columns[j] ?? `column ${j}`), ...cells));
  });
  const head = heads && h("thead", {}, h("tr", {}, h("th", {}), ...heads.map((name) => h("th", { scope: "col" }, name))));
  return h("table", { class: "cells" }, head, body);
}

/** Rows of a table under each other. */
function wide(columns: string[], rows: string[][], captions: string[], pick?: (i: number) => void): HTMLElement {
  const head = h("tr", {}, h("th", {}), ...columns.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((cells, i) => {
    const caption = pick ? h("button", { type: "button", class: "link", onclick: () => pick(i) }, captions[i]!) : captions[i]!;
    return h("tr", {}, h("th", { scope: "row" }, caption), ...cells.map((cell) => h("td", {}, cell || h("span", { class: "blank" }, "blank"))));
  });
  return h("div", { class: "scroll", tabindex: "0" }, h("table", { class: "wide" }, h("thead", {}, head), h("tbody", {}, ...body)));
}

/** The steps of a path next to each other. */
export function strip(about: Description, cards: Cards, pick: (i: number) => void): HTMLElement {
  if (cards.form !== "table") {
    return gallery(about, cards, Array.from({ length: count(cards) }, (_, i) => String(i + 1)), pick);
  }
  const heads = cards.cells.map((_, i) => h("th", { scope: "col" }, h("button", { type: "button", class: "link", onclick: () => pick(i) }, i + 1)));
  const rows = about.columns.map((name, j) => {
    const cells = cards.cells.map((row, i) => h("td", { class: i && cards.cells[i - 1]![j] !== row[j] ? "differs" : null }, row[j]!));
    return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
  });
  const head = h("thead", {}, h("tr", {}, h("th", {}), ...heads));
  return h("div", { class: "scroll", tabindex: "0" }, h("table", { class: "wide" }, head, h("tbody", {}, ...rows)));
}
