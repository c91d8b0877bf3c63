/** The page of a finished model: the map with its tools, and the panels beside it. */

import { App, type Panel } from "./app";
import type { Coloring, Description } from "./api";
import { scaleGradient } from "./colors";
import { button, choice, h, number } from "./dom";
import { MapView, type Density, type Mode } from "./map";
import { FilePanel } from "./panels/file";
import { FormPanel } from "./panels/form";
import { OddPanel } from "./panels/odd";
import { PathPanel } from "./panels/path";
import { PointPanel } from "./panels/point";
import { RowPanel } from "./panels/row";
import { SelectionPanel } from "./panels/selection";
import { isDark, themeButton } from "./theme";
import type { Tensor, Transport } from "./transport";

const MODES: { mode: Mode; name: string; hint: string }[] = [
  { mode: "look", name: "Look", hint: "drag to pan, point at rows, click to keep one" },
  { mode: "move", name: "Move", hint: "what each point decodes to, live" },
  { mode: "lasso", name: "Lasso", hint: "draw around rows" },
  { mode: "path", name: "Path", hint: "click the points of a path" },
];
const KEYS = "Keys on the map: 1–4 modes · arrows move the point · + − 0 zoom · Enter nearest rows · P add to path · Esc clear";

export class Explorer {
  private readonly map: MapView;
  private readonly app: App;
  private readonly message = h("p", { class: "message", role: "status" });
  private readonly legend = h("div", { class: "color-legend" });
  private readonly panels: Panel[];
  private readonly tabs = new Map<string, HTMLButtonElement>();
  private readonly modeButtons = new Map<Mode, HTMLButtonElement>();
  private readonly path: PathPanel;
  private readonly rows: RowPanel;
  private readonly point: PointPanel;
  private readonly files: FilePanel;
  private readonly selection: SelectionPanel;
  private readonly sides = h("div", { class: "panels" });
  private opened = "";

  constructor(
    private readonly element: HTMLElement,
    private readonly ask: Transport,
    private readonly about: Description,
  ) {
    this.map = new MapView({
      hover: (row) => this.opened === "row" && this.rows.hover(row),
      pick: (row) => this.rows.pick(row),
      lasso: (rows) => this.selection.select(rows),
      point: (at, pressed) => this.pointed(at, pressed),
    });
    this.app = new App(about, ask, (text, error) => this.say(text, error), (name) => this.open(name), (mode) => this.use(mode), this.map);
    const pick = (row: number) => this.rows.pick(row);
    this.path = new PathPanel(this.app);
    const addStop = (point: number[]) => this.path.add(point);
    const form = about.fields.length ? new FormPanel(this.app) : null;
    this.point = new PointPanel(this.app, pick, addStop);
    this.rows = new RowPanel(this.app, { form: form && ((row) => void form.begin(row)), addStop });
    this.selection = new SelectionPanel(this.app, pick);
    this.files = new FilePanel(this.app);
    const odd = new OddPanel(this.app, pick);
    this.panels = [this.rows, this.point, this.selection, this.path, odd, ...(form ? [form] : []), this.files];
    this.build();
    this.keys();
    this.drops();
    this.use("look");
    this.open("row");
    void this.start();
  }

  destroy(): void {
    this.map.destroy();
  }

  private async start(): Promise<void> {
    await this.app.run(async () => {
      await this.setAxes(this.app.axes);
      await this.setColors(this.about.colorings[0]?.id === "label" ? "label" : "");
      this.app.setPoint(this.app.point);
    });
    this.element.dataset.ready = "true";
  }

  private build(): void {
    const { about } = this;
    const rows = about.n_rows < about.n_all ? `${about.n_rows.toLocaleString("en")} of ${about.n_all.toLocaleString("en")}` : about.n_all.toLocaleString("en");
    const facts = `${rows} rows · ${about.latents.length} latent${about.latents.length > 1 ? "s" : ""} · ${about.likelihood}`;
    const theme = themeButton(this.element, (dark) => void this.map.setDark(dark).then(() => this.showLegend()));
    const header = h("header", {}, h("h1", {}, about.title), h("p", { class: "facts" }, facts), theme);
    const place = h("div", { class: "stage" }, this.map.element, this.legend, this.zoom());
    const main = h("main", {}, h("div", { class: "left" }, this.tools(), place, h("p", { class: "hint keys" }, KEYS)), this.side());
    this.element.replaceChildren(header, this.message, main);
    void this.map.setDark(isDark());
  }

  private tools(): HTMLElement {
    const { about } = this;
    const modes = MODES.map(({ mode, name, hint }) => {
      const own = button(name, () => this.use(mode), { title: hint, "aria-pressed": "false" });
      this.modeButtons.set(mode, own);
      return own;
    });
    const colors = [{ id: "", name: "one color" }, ...about.colorings];
    const densities = ["auto", "points", "density"].map((id) => ({ id, name: id }));
    return h(
      "div",
      { class: "tools" },
      h("div", { class: "modes", role: "group", "aria-label": "mode of the pointer" }, ...modes),
      choice("color", colors, about.colorings[0]?.id === "label" ? "label" : "", (id) => void this.setColors(id)),
      ...this.axisChoices(),
      choice("show", densities, "auto", (id) => this.map.setDensity(id as Density)),
      ...this.contextControls(),
    );
  }

  private zoom(): HTMLElement {
    return h(
      "div",
      { class: "zoom" },
      button("+", () => this.map.zoom(0.6), { "aria-label": "zoom in" }),
      button("−", () => this.map.zoom(1.7), { "aria-label": "zoom out" }),
      button("All", () => this.map.fit(), { "aria-label": "show all rows" }),
    );
  }

  private axisChoices(): HTMLElement[] {
    if (this.about.latents.length < 3) return [];
    const names = this.about.latents.map(({ name }, k) => ({ id: String(k), name }));
    return this.app.axes.map((axis, place) =>
      choice(place ? "up" : "across", names, String(axis), (id) => {
        const axes = [...this.app.axes];
        axes[place] = Number(id);
        void this.app.run(() => this.setAxes(axes));
      }),
    );
  }

  private contextControls(): HTMLElement[] {
    return (this.about.context ?? []).map(({ name, usual, levels, low, high }) => {
      if (levels) {
        const options = levels.map((id) => ({ id, name: id }));
        return choice(name, options, String(usual), (id) => this.app.setContext(name, id));
      }
      const value = h("output", {}, number(Number(usual)));
      const input = h("input", { type: "range", min: low, max: high, step: "any", value: usual, "aria-label": name });
      input.addEventListener("input", () => {
        value.textContent = number(Number(input.value));
        this.app.setContext(name, Number(input.value));
      });
      return h("label", { class: "choice" }, h("span", {}, name), input, value);
    });
  }

  private side(): HTMLElement {
    const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "panels" });
    for (const { name, title, element } of this.panels) {
      const tab = button(title, () => this.open(name), { role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}` });
      this.tabs.set(name, tab);
      element.id = `panel-${name}`;
      element.setAttribute("role", "tabpanel");
      element.setAttribute("aria-labelledby", `tab-${name}`);
      element.hidden = true;
      tabs.append(tab);
      this.sides.append(element);
    }
    tabs.addEventListener("keydown", (event) => this.turn(event));
    return h("aside", {}, tabs, this.sides);
  }

  /** Arrow keys go from tab to tab. */
  private turn(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = this.panels.map(({ name }) => name);
    const next = names[(names.indexOf(this.opened) + step + names.length) % names.length]!;
    this.open(next);
    this.tabs.get(next)!.focus();
    event.preventDefault();
  }

  private open(name: string): void {
    if (this.opened === name) return;
    this.opened = name;
    for (const panel of this.panels) {
      const own = panel.name === name;
      panel.element.hidden = !own;
      const tab = this.tabs.get(panel.name)!;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      if (own) panel.shown?.();
    }
  }

  private use(mode: Mode): void {
    if (mode !== this.map.mode) this.say("");
    this.map.setMode(mode);
    for (const [own, element] of this.modeButtons) element.setAttribute("aria-pressed", String(own === mode));
    if (mode === "move") this.open("point");
    if (mode === "lasso") this.open("selection");
    if (mode === "path") this.open("path");
    if (mode === "look" && this.opened) this.open("row");
  }

  private pointed(at: [number, number], pressed: boolean): void {
    if (this.map.mode === "path") return this.path.add(this.app.lift(at));
    if (this.held) {
      if (pressed) this.held = false;
      return;
    }
    this.held = pressed;
    this.app.movePoint(at);
    this.say(pressed ? "The point is held; click again to let go." : "");
  }

  /** Whether a click has fixed the decoded point. */
  private held = false;

  private async setAxes(axes: number[]): Promise<void> {
    const own = axes.length > 1 && axes[0] === axes[1] ? axes.slice(0, 1) : axes;
    const { z } = await this.ask<{ z: Tensor }>("positions", { axes: own });
    const n = z.shape[1]!;
    const data = z.data as Float32Array;
    this.app.axes = own;
    const names = own.map((k) => this.about.latents[k]!.name);
    await this.map.setPoints(data.subarray(0, n), own.length > 1 ? data.subarray(n) : null, [names[0]!, names[1] ?? ""]);
    this.map.setMarks({ probe: this.app.along(this.app.point), row: undefined, near: [], cloud: [] });
    this.path.mark();
    this.files.mark();
  }

  private async setColors(id: string): Promise<void> {
    await this.app.run(async () => {
      this.say(id === "score" ? "Scoring all rows…" : "");
      this.app.coloring = id ? await this.ask<Coloring>("colors", { by: id }) : null;
      await this.map.setColors(this.app.coloring);
      this.say("");
      this.showLegend();
    });
  }

  private showLegend(): void {
    const coloring = this.app.coloring;
    if (!coloring) return this.legend.replaceChildren();
    if (coloring.kind === "classes") {
      const entries = coloring.names!.map((name, i) => {
        const dot = h("span", { class: "dot" });
        dot.style.background = coloring.colors![i]!;
        return h("li", {}, dot, name, h("span", { class: "label" }, ` ${coloring.counts![i]!.toLocaleString("en")}`));
      });
      return this.legend.replaceChildren(h("b", {}, coloring.title), h("ul", {}, ...entries));
    }
    const bar = h("span", { class: "bar" });
    bar.style.background = scaleGradient(isDark());
    const [low, high] = coloring.texts ?? [number(coloring.low!), number(coloring.high!)];
    this.legend.replaceChildren(h("b", {}, coloring.title), h("div", { class: "scale" }, low!, bar, high!));
  }

  private say(text: string, error = false): void {
    this.message.textContent = text;
    this.message.classList.toggle("error", error);
  }

  private keys(): void {
    this.map.element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.key(event.key, event.shiftKey)) event.preventDefault();
    });
  }

  private key(key: string, fast: boolean): boolean {
    const mode = MODES[Number(key) - 1];
    if (mode) this.use(mode.mode);
    else if (key.startsWith("Arrow")) this.nudge(key, fast ? 5 : 1);
    else if (key === "+" || key === "=") this.map.zoom(0.6);
    else if (key === "-") this.map.zoom(1.7);
    else if (key === "0") this.map.fit();
    else if (key.toLowerCase() === "p") this.path.add([...this.app.point]);
    else if (key === "Enter") this.nearest();
    else if (key === "Escape") this.clear();
    else return false;
    return true;
  }

  private nudge(key: string, steps: number): void {
    const [x, y] = this.app.along(this.app.point);
    const by = this.map.middle().step * steps;
    const [dx, dy] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] }[key]!;
    this.open("point");
    this.app.movePoint([x + dx!, y + dy!]);
    this.map.reveal([x + dx!, y + dy!]);
  }

  private nearest(): void {
    void this.app.run(async () => {
      const { rows } = await this.ask<{ rows: number[] }>("neighbors", { point: this.app.point, count: 1 });
      this.rows.pick(rows[0]!);
    });
  }

  private clear(): void {
    this.held = false;
    this.selection.clear();
    this.map.setMarks({ row: undefined, near: [], cloud: [] });
    this.say("");
  }

  private drops(): void {
    const own = this.element;
    own.addEventListener("dragover", (event) => {
      event.preventDefault();
      own.dataset.dropping = "true";
    });
    own.addEventListener("dragleave", () => delete own.dataset.dropping);
    own.addEventListener("drop", (event) => {
      event.preventDefault();
      delete own.dataset.dropping;
      const file = event.dataTransfer?.files[0];
      if (file) void this.files.place(file);
    });
  }
}
