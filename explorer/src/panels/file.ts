/** Rows of a dropped file, placed on the map. */

import type { App, Panel } from "../app";
import type { Placed } from "../api";
import { count, gallery } from "../cards";
import { button, h } from "../dom";
import { base64 } from "./selection";

const MOST = 32 * 2 ** 20; // bytes of a file
const KINDS = ".csv,.tsv,.parquet,.npy,.png,.jpg,.jpeg";

export class FilePanel implements Panel {
  readonly name = "file";
  readonly title = "File";
  readonly element = h("section", {});
  private readonly content = h("div");
  private placed: Placed | null = null;

  constructor(private readonly app: App) {
    const input = h("input", { type: "file", accept: KINDS, "aria-label": "file of rows" });
    input.addEventListener("change", () => input.files?.[0] && void this.place(input.files[0]));
    this.element.append(
      h("p", { class: "hint" }, "Drop a file of rows on the page, or choose one: its rows are placed on the map. Nothing is kept."),
      h("div", { class: "actions" }, h("label", { class: "file" }, "File ", input), button("Clear", () => this.clear())),
      this.content,
    );
  }

  async place(file: File): Promise<void> {
    const { app } = this;
    await app.run(async () => {
      if (file.size > MOST) throw new Error(`${file.name} is larger than 32 MiB; split it`);
      app.say(`Placing ${file.name}…`);
      const content = base64(new Uint8Array(await file.arrayBuffer()));
      this.placed = await app.ask<Placed>("place", { name: file.name, content });
      app.say("");
      const shown = count(this.placed.cards);
      const more = shown < this.placed.n ? `, of which ${shown} are shown here` : "";
      this.content.replaceChildren(
        h("h3", {}, `${file.name}: ${this.placed.n.toLocaleString("en")} rows${more}`),
        gallery(app.about, this.placed.cards, Array.from({ length: shown }, () => "")),
      );
      this.mark();
      app.open(this.name);
    });
  }

  /** Draw the rows again, after the axes of the map have changed. */
  mark(): void {
    this.app.map.setMarks({ placed: this.placed ? this.app.alongAll(this.placed.z) : [] });
  }

  private clear(): void {
    this.placed = null;
    this.content.replaceChildren();
    this.mark();
  }
}
