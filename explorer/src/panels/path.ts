/** A path through latent points: a film strip between two, a morph through several. */

import type { App, Panel } from "../app";
import type { Cards } from "../api";
import { card, count, strip } from "../cards";
import { button, choice, h } from "../dom";

export class PathPanel implements Panel {
  readonly name = "path";
  readonly title = "Path";
  readonly element = h("section", {});
  private readonly content = h("div");
  private readonly stops: number[][] = [];
  private kind = "linear";
  private closed = false;
  private steps = 12;
  private playing = 0;
  private readonly fetch;

  constructor(private readonly app: App) {
    this.fetch = app.latest(async () => {
      const request = { points: this.stops, steps: this.steps, kind: this.kind, closed: this.closed, ...app.inContext() };
      if (this.stops.length < 2) return;
      const cards = await app.ask<Cards>("path", request);
      if (this.stops.length > 1) this.show(cards); // not after Clear
    });
    const closed = h("input", { type: "checkbox" });
    closed.addEventListener("change", () => this.change(() => (this.closed = closed.checked)));
    const shapes = ["linear", "spherical"].map((id) => ({ id, name: id }));
    const numbers = [8, 12, 24, 48].map((n) => ({ id: String(n), name: String(n) }));
    this.element.append(
      h("p", { class: "hint" }, "In the mode Path, click two points for a film strip between them, or more for a morph."),
      h(
        "div",
        { class: "actions" },
        choice("shape", shapes, "linear", (id) => this.change(() => (this.kind = id))),
        choice("steps", numbers, "12", (id) => this.change(() => (this.steps = Number(id)))),
        h("label", { class: "check" }, closed, " back to the start"),
        button("Undo", () => this.change(() => this.stops.pop())),
        button("Clear", () => this.change(() => (this.stops.length = 0))),
      ),
      this.content,
    );
    app.onContext(() => this.fetch.call());
  }

  add(point: number[]): void {
    this.change(() => this.stops.push(point));
    this.app.open("path");
  }

  /** Draw the stops again, after the axes of the map have changed. */
  mark(): void {
    const stops = this.stops.map((stop) => this.app.along(stop));
    this.app.map.setMarks({ path: this.closed && stops.length > 2 ? [...stops, stops[0]!] : stops });
  }

  private change(act: () => void): void {
    act();
    this.mark();
    this.stop();
    if (this.stops.length < 2) {
      const text = this.stops.length ? "One point is chosen; choose another one." : "No point is chosen yet.";
      this.content.replaceChildren(h("p", {}, text));
    } else if (this.stops.length === 2) {
      this.content.replaceChildren(h("p", { class: "busy" }, "Decoding…"));
    }
    this.fetch.call();
  }

  private show(cards: Cards): void {
    const n = count(cards);
    const frame = h("div", { class: "output" });
    const slider = h("input", { type: "range", min: 0, max: n - 1, value: 0, "aria-label": "step of the path" });
    const go = (i: number) => {
      slider.value = String(i);
      frame.replaceChildren(card(this.app.about, cards, i));
    };
    slider.addEventListener("input", () => go(Number(slider.value)));
    const play = button("Play", () => {
      if (this.playing) return this.stop();
      play.textContent = "Pause";
      this.playing = window.setInterval(() => (play.isConnected ? go((Number(slider.value) + 1) % n) : this.stop()), 160);
    });
    this.playButton = play;
    go(0);
    const controls = h("div", { class: "actions play" }, play, slider);
    this.content.replaceChildren(frame, controls, strip(this.app.about, cards, go));
  }

  private playButton: HTMLButtonElement | null = null;

  private stop(): void {
    clearInterval(this.playing);
    this.playing = 0;
    if (this.playButton) this.playButton.textContent = "Play";
  }
}
