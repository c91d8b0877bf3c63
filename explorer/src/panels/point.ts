/** The point that is decoded: what it decodes to, sliders, axes, and its neighbors. */

import type { App, Panel } from "../app";
import type { Cards, Neighbors } from "../api";
import { card, gallery } from "../cards";
import { button, h } from "../dom";

export class PointPanel implements Panel {
  readonly name = "point";
  readonly title = "Point";
  readonly element: HTMLElement;
  private readonly output = h("div", { class: "output" });
  private readonly near = h("div");
  private readonly sliders: { input: HTMLInputElement; value: HTMLOutputElement }[] = [];
  private readonly decode;

  constructor(
    private readonly app: App,
    private readonly pick: (row: number) => void,
    private readonly addStop: (point: number[]) => void,
  ) {
    this.decode = app.latest(async (point: number[]) => {
      const started = performance.now();
      const cards = await app.ask<Cards>("decode", { points: [point], ...app.inContext() });
      this.output.replaceChildren(card(app.about, cards, 0));
      this.output.dataset.ms = (performance.now() - started).toFixed(1);
    });
    this.element = h(
      "section",
      {},
      h("p", { class: "hint" }, "In the mode Move, the pointer on the map (or the arrow keys) chooses the point that is decoded."),
      this.output,
      h("div", { class: "sliders" }, ...app.about.latents.map((_, k) => this.slider(k))),
      h(
        "div",
        { class: "actions" },
        button("Nearest rows", () => void this.neighbors()),
        button("Add to path", () => this.addStop([...app.point])),
      ),
      this.near,
    );
    app.onPoint((point) => this.show(point));
    app.onContext(() => this.decode.call(app.point));
  }

  shown(): void {
    if (!this.output.hasChildNodes()) this.app.setPoint(this.app.point);
  }

  private slider(k: number): HTMLElement {
    const { name, low, high } = this.app.about.latents[k]!;
    const value = h("output", {});
    const input = h("input", { type: "range", min: low, max: high, step: (high - low) / 400, "aria-label": name });
    input.addEventListener("input", () => {
      const point = [...this.app.point];
      point[k] = Number(input.value);
      this.app.setPoint(point);
    });
    this.sliders.push({ input, value });
    return h("label", { class: "slider" }, h("span", {}, name), input, value);
  }

  private show(point: number[]): void {
    this.sliders.forEach(({ input, value }, k) => {
      input.value = String(point[k]);
      value.textContent = point[k]!.toFixed(2).replace("-", "−");
    });
    if (this.near.hasChildNodes()) {
      this.near.replaceChildren();
      this.app.map.setMarks({ near: [] });
    }
    this.decode.call(point);
  }

  private neighbors(): Promise<void> {
    return showNeighbors(this.app, this.near, this.app.point, this.pick);
  }
}

/** The rows nearest to a latent point. */
export async function showNeighbors(
  app: App,
  place: HTMLElement,
  point: number[],
  pick: (row: number) => void,
  without: number | null = null,
): Promise<void> {
  await app.run(async () => {
    const found = await app.ask<Neighbors>("neighbors", { point, count: 12 });
    const captions = found.rows.map((row, i) => `${row}${found.labels ? ` · ${found.labels[i]}` : ""}`);
    const first = without === null ? "Nearest rows in the latents" : `Rows nearest to row ${without} (itself first)`;
    place.replaceChildren(h("h3", {}, first), gallery(app.about, found.cards, captions, (i) => pick(found.rows[i]!)));
  });
}
