/** One row beside its reconstruction. */

import type { App, Panel } from "../app";
import type { Pair } from "../api";
import { pair } from "../cards";
import { button, h } from "../dom";
import { showNeighbors } from "./point";

export class RowPanel implements Panel {
  readonly name = "row";
  readonly title = "Row";
  readonly element = h("section", {});
  private readonly content = h("div");
  private readonly near = h("div");
  private readonly fetch;
  private shownRow: Pair | null = null;
  private pinned: number | null = null;

  constructor(
    private readonly app: App,
    private readonly actions: { form: ((row: number) => void) | null; addStop: (point: number[]) => void },
  ) {
    this.fetch = app.latest(async (row: number) => this.show(await app.ask<Pair>("row", { row })));
    const field = h("input", { type: "number", min: 0, max: app.about.n_rows - 1, placeholder: "number", "aria-label": "row number" });
    const go = (event: Event) => {
      event.preventDefault();
      if (field.value !== "") this.pick(Number(field.value));
    };
    this.element.append(
      h("form", { class: "actions", onsubmit: go }, h("label", {}, "Row ", field), h("button", {}, "Show")),
      h("p", { class: "hint" }, "In the mode Look, point at a row to see it, and click to keep it."),
      this.content,
      this.near,
    );
  }

  /** Show a row while the pointer is on it; afterwards that which was picked. */
  hover(row: number | null): void {
    const shown = row ?? this.pinned;
    if (shown !== null) this.fetch.call(shown);
  }

  /** Keep a row. */
  pick(row: number): void {
    this.pinned = row;
    this.near.replaceChildren();
    this.app.setContextRow(row);
    this.app.open("row");
    this.fetch.call(row);
  }

  private show(found: Pair): void {
    const { app } = this;
    this.shownRow = found;
    const kept = found.row === this.pinned;
    if (kept) {
      app.map.setMarks({ row: app.along(found.z) });
      app.map.reveal(app.along(found.z));
    }
    const label = found.label === null ? null : h("span", { class: "label" }, found.label);
    const title = h("h3", {}, `Row ${found.row.toLocaleString("en")} `, label);
    this.content.replaceChildren(title, pair(app.about, found.cards), this.buttons(kept));
    if (!kept) this.near.replaceChildren();
  }

  private buttons(kept: boolean): HTMLElement {
    const { app, actions } = this;
    const own = () => this.shownRow!;
    return h(
      "div",
      { class: "actions", hidden: !kept },
      button("Nearest rows", () => void showNeighbors(app, this.near, own().z, (row) => this.pick(row), own().row)),
      button("Decode from here", () => {
        app.setPoint([...own().z]);
        app.open("point");
      }),
      button("Add to path", () => actions.addStop([...own().z])),
      actions.form && button("What if…", () => actions.form!(own().row)),
    );
  }
}
