/** What if: a form of one row, whose blanks are filled live. */

import type { App, Panel } from "../app";
import type { Field, Filled } from "../api";
import { button, h } from "../dom";

export class FormPanel implements Panel {
  readonly name = "form";
  readonly title = "What if";
  readonly element = h("section", {});
  private readonly inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
  private readonly guesses = new Map<string, HTMLElement>();
  private readonly fill;
  private started = false;

  constructor(private readonly app: App) {
    this.fill = app.latest(async () => this.show(await app.ask<Filled>("fill", { values: this.values(), ...app.inContext() })));
    const rows = app.about.fields.map((field) => this.row(field));
    this.element.append(
      h("p", { class: "hint" }, "Leave cells blank: the model fills them given the others, and the point moves on the map. The small dots are fillings that are as likely."),
      h("div", { class: "actions" }, button("Clear all", () => this.set({}))),
      h("form", { class: "form", onsubmit: (event: Event) => event.preventDefault() }, ...rows),
    );
    app.onContext(() => this.started && this.fill.call());
  }

  shown(): void {
    if (this.started) return;
    this.started = true;
    this.fill.call();
  }

  /** Begin with the values of a row of the map. */
  async begin(row: number): Promise<void> {
    await this.app.run(async () => {
      const values = await this.app.ask<Record<string, string>>("values", { row });
      this.started = true;
      this.app.open(this.name);
      this.set(values);
    });
  }

  private values(): Record<string, string> {
    return Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value !== ""));
  }

  private set(values: Record<string, string>): void {
    for (const [name, input] of this.inputs) input.value = values[name] ?? "";
    this.fill.call();
  }

  private row(field: Field): HTMLElement {
    const input = field.levels ? this.select(field) : h("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    if (!field.levels) input.setAttribute("placeholder", `${field.low} … ${field.high}`);
    input.setAttribute("aria-label", field.name);
    input.addEventListener(field.levels ? "change" : "input", () => this.fill.call());
    const guess = h("span", { class: "guess" });
    this.inputs.set(field.name, input);
    this.guesses.set(field.name, guess);
    return h("label", { class: "field" }, h("span", { class: "field-name" }, field.name, h("span", { class: "label" }, ` ${field.kind}`)), input, guess);
  }

  private select(field: Field): HTMLSelectElement {
    const options = field.levels!.map((level) => h("option", { value: level }, level));
    return h("select", {}, h("option", { value: "" }, "blank"), ...options);
  }

  private show(found: Filled): void {
    const { app } = this;
    for (const guess of this.guesses.values()) guess.replaceChildren();
    for (const { name, text, low, high, shares } of found.columns) {
      const guess = this.guesses.get(name)!;
      if (shares) guess.append(...shares.map(([level, share]) => h("span", { class: "share" }, `${level} ${Math.round(100 * share)}%`)));
      else guess.append(h("b", {}, `≈ ${text}`), low === high ? "" : ` (${low} to ${high})`);
    }
    const [draws, latents] = found.cloud.shape as [number, number];
    const cloud = Array.from({ length: draws }, (_, i) => app.along(found.cloud.data.subarray(i * latents, (i + 1) * latents)));
    app.map.setMarks({ cloud });
    app.setPoint(found.z);
    app.map.reveal(app.along(found.z));
    app.say("");
  }
}
