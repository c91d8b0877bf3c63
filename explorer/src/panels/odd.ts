/** The oddest rows, with the columns to blame. */

import type { App, Panel } from "../app";
import type { Odd } from "../api";
import { gallery } from "../cards";
import { button, h, number } from "../dom";

export class OddPanel implements Panel {
  readonly name = "odd";
  readonly title = "Odd rows";
  readonly element = h("section", {});
  private readonly content = h("div");

  constructor(
    private readonly app: App,
    private readonly pick: (row: number) => void,
  ) {
    const hint = "Rows with the lowest score, and the cells that surprise most given the rest of their row.";
    this.element.append(h("p", { class: "hint" }, hint), button("Find the oddest rows", () => void this.find()), this.content);
  }

  private find(): Promise<void> {
    const { app } = this;
    this.content.replaceChildren(h("p", { class: "busy" }, "Scoring…"));
    return app.run(async () => {
      try {
        const odd = await app.ask<Odd>("oddest", { count: 20 });
        this.content.replaceChildren(...this.list(odd));
      } catch (error) {
        this.content.replaceChildren();
        throw error;
      }
    });
  }

  private list(odd: Odd): Element[] {
    const title = h("h3", {}, `Oddest rows by ${odd.score_name}`);
    const captions = odd.rows.map((row, i) => `${row} · ${number(odd.scores[i]!)}${odd.labels ? ` · ${odd.labels[i]}` : ""}`);
    const rows = gallery(this.app.about, odd.cards, captions, (i) => this.pick(odd.rows[i]!));
    if (!odd.blame) return [title, rows];
    const head = ["row", "score", "to blame", "found", "expected", "also"].map((name) => h("th", { scope: "col" }, name));
    const body = odd.blame.map((one, i) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => this.pick(odd.rows[i]!) }, odd.rows[i]!)),
        h("td", {}, number(odd.scores[i]!)),
        h("td", { class: "blame" }, one.blame, one.nats && h("span", { class: "label" }, ` ${one.nats} nats`)),
        h("td", {}, one.found),
        h("td", {}, one.expected),
        h("td", {}, one.also),
      ),
    );
    const blame = h("div", { class: "scroll", tabindex: "0" }, h("table", { class: "wide" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)));
    return [title, blame, h("h4", {}, "The whole rows"), rows];
  }
}
