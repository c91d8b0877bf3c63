/** Rows that were picked with the lasso: a table, what sets them apart, and export. */

import type { App, Panel } from "../app";
import type { Contrast, ExportFile, Shown } from "../api";
import { gallery } from "../cards";
import { button, h } from "../dom";

const PAGE = 40;

export class SelectionPanel implements Panel {
  readonly name = "selection";
  readonly title = "Selection";
  readonly element = h("section", {});
  private readonly content = h("div");
  private bits = "";
  private start = 0;

  constructor(
    private readonly app: App,
    private readonly pick: (row: number) => void,
  ) {
    this.element.append(
      h("p", { class: "hint" }, "In the mode Lasso, draw around points; or hold Shift and draw."),
      h(
        "div",
        { class: "actions" },
        button("Select what is in view", () => this.select(app.map.visible())),
        button("Clear", () => this.clear()),
      ),
      this.content,
    );
  }

  select(rows: number[]): void {
    if (!rows.length) return this.app.say("no point is there; draw around some");
    this.bits = base64(bitsOf(rows, this.app.about.n_rows));
    this.start = 0;
    this.app.map.select(rows.length > 50_000 ? [] : rows);
    this.app.open("selection");
    void this.app.run(() => this.load(rows.length));
  }

  clear(): void {
    this.app.map.select([]);
    this.content.replaceChildren();
  }

  private async load(n: number): Promise<void> {
    const { app } = this;
    this.content.replaceChildren(h("p", { class: "busy" }, "Comparing…"));
    const table = h("div");
    const apart = await app.ask<Contrast>("contrast", { bits: this.bits });
    this.content.replaceChildren(
      h("h3", {}, `${n.toLocaleString("en")} of ${app.about.n_rows.toLocaleString("en")} rows`),
      h(
        "div",
        { class: "actions" },
        button("Export as CSV", () => void this.export("csv")),
        button("Export as Parquet", () => void this.export("parquet")),
      ),
      this.contrast(apart),
      h("h4", {}, "The rows"),
      table,
    );
    await this.page(table, n);
  }

  private contrast(apart: Contrast): HTMLElement {
    const { app } = this;
    const parts: Element[] = [h("h4", {}, "What sets them apart")];
    if (!apart.n_others) parts.push(h("p", {}, "All rows are selected, so there are no others to compare with."));
    if (apart.cards) parts.push(gallery(app.about, apart.cards, ["mean of these", "mean of all others"]));
    if (apart.columns.length && apart.n_others) {
      const head = ["", "these", "others", "apart"].map((name) => h("th", { scope: "col" }, name));
      const rows = apart.columns.slice(0, 12).map((one) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, one.column, one.label !== null && h("span", { class: "label" }, ` ${one.label}`)),
          h("td", {}, one.inside),
          h("td", {}, one.outside),
          h("td", { class: "apart" }, bar(one.separation), ` ${Math.round(100 * one.separation)}%`),
        ),
      );
      const note = "Medians of numbers, shares of labels. “Apart” is how far the two distributions are from each other.";
      parts.push(h("table", { class: "cells contrast" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)), h("p", { class: "hint" }, note));
    }
    return h("div", {}, ...parts);
  }

  private async page(place: HTMLElement, n: number): Promise<void> {
    const { app } = this;
    const found = await app.ask<Shown>("rows", { bits: this.bits, start: this.start, count: PAGE });
    const captions = found.rows.map((row, i) => `${row}${found.labels ? ` · ${found.labels[i]}` : ""}`);
    const turn = (by: number) => {
      this.start += by;
      void app.run(() => this.page(place, n));
    };
    place.replaceChildren(
      gallery(app.about, found.cards, captions, (i) => this.pick(found.rows[i]!)),
      h(
        "div",
        { class: "actions" },
        button("‹", () => turn(-PAGE), { disabled: this.start === 0, "aria-label": "previous rows" }),
        h("span", {}, `${this.start + 1} to ${Math.min(this.start + PAGE, n)}`),
        button("›", () => turn(PAGE), { disabled: this.start + PAGE >= n, "aria-label": "next rows" }),
      ),
    );
  }

  private export(kind: "csv" | "parquet"): Promise<void> {
    return this.app.run(async () => {
      const file = await this.app.ask<ExportFile>("export", { bits: this.bits, kind });
      const url = URL.createObjectURL(new Blob([file.content.data as Uint8Array<ArrayBuffer>]));
      h("a", { href: url, download: file.name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    });
  }
}

/** A share as a bar. */
function bar(share: number): HTMLElement {
  const inner = h("span");
  inner.style.width = `${100 * share}%`;
  return h("span", { class: "share-bar", "aria-hidden": "true" }, inner);
}

function bitsOf(rows: number[], n: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(n / 8));
  for (const row of rows) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
