/** The map: all rows as points, or their density, with marks on top. */

import createScatterplot from "regl-scatterplot";
import { paint, rgb, type Paint } from "./colors";
import type { Coloring } from "./api";
import { drawDensity } from "./density";
import { h, s } from "./dom";
import { forwardTouch } from "./touch";
import { Frame, pixelScales, ticks, type Xy } from "./view";

export type Mode = "look" | "move" | "lasso" | "path";
export type Density = "auto" | "points" | "density";

/** Marks that lie over the points, in latents along the two axes. */
export interface Marks {
  probe?: Xy;
  path?: Xy[];
  placed?: Xy[];
  cloud?: Xy[];
  row?: Xy;
  near?: Xy[];
}

export interface MapEvents {
  hover(row: number | null): void;
  pick(row: number): void;
  lasso(rows: number[]): void;
  point(at: Xy, pressed: boolean): void;
}

const MANY = 50_000; // points from which density is shown by itself
const FEW = 30_000; // visible points that are drawn one by one
const RESTS = 80; // milliseconds after which a pointer rests

export class MapView {
  readonly element: HTMLElement;
  mode: Mode = "look";
  private readonly canvas = h("canvas", { class: "points" });
  private readonly densityCanvas = h("canvas", { class: "density", hidden: true });
  private readonly overlay = s("svg", { class: "overlay", "aria-hidden": "true" });
  private readonly scales = pixelScales();
  private plot: ReturnType<typeof createScatterplot> | null = null;
  private frame = new Frame(new Float32Array(0), new Float32Array(0));
  private x = new Float32Array(0);
  private y = new Float32Array(0);
  private resting = 0; // a timer, while the pointer moves
  private flat = false; // whether there is one axis only
  private coloring: Coloring | null = null;
  private paint: Paint = { palette: ["#2b6a99"], codes: new Uint8Array(0) };
  private density: Density = "auto";
  private names: [string, string] = ["", ""];
  private marks: Marks = {};
  private dark = false;
  private drawing: Promise<void> = Promise.resolve();
  private redrawing = 0;

  constructor(private readonly events: MapEvents) {
    this.element = h(
      "div",
      { class: "map", tabindex: "0", role: "application", "aria-label": "Map of all rows. Arrow keys move the point that is decoded." },
      this.canvas,
      this.densityCanvas,
      this.overlay,
    );
    this.element.addEventListener("mousemove", (event) => this.moved(event), { capture: true });
    this.element.addEventListener("click", (event) => this.pointed(event, true));
    forwardTouch(this.element, this.canvas);
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** Show points at latents along two axes; with one axis the second is a spread that means nothing. */
  async setPoints(x: Float32Array, y: Float32Array | null, names: [string, string]): Promise<void> {
    this.flat = y === null;
    const spread = y ?? spreadOf(x);
    this.frame = new Frame(x, spread);
    this.x = this.frame.scaled(x, 0) as Float32Array<ArrayBuffer>;
    this.y = this.frame.scaled(spread, 1) as Float32Array<ArrayBuffer>;
    this.names = names;
    await this.draw();
  }

  async setColors(coloring: Coloring | null): Promise<void> {
    this.coloring = coloring;
    await this.draw();
  }

  async setDark(dark: boolean): Promise<void> {
    this.dark = dark;
    this.plot?.set(this.look());
    await this.draw();
  }

  setDensity(density: Density): void {
    this.density = density;
    this.refresh();
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    this.element.dataset.mode = mode;
    this.plot?.set({ mouseMode: mode === "lasso" ? "lasso" : "panZoom" });
  }

  setMarks(marks: Partial<Marks>): void {
    this.marks = { ...this.marks, ...marks };
    this.drawOverlay();
  }

  /** Mark rows as selected; none clears. */
  select(rows: number[]): void {
    if (rows.length) this.plot?.select(rows, { preventEvent: true });
    else this.plot?.deselect({ preventEvent: true });
  }

  zoom(factor: number): void {
    const [x, y] = this.view();
    const at: Xy = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    this.lookAt(at, ((x[1] - x[0]) / 2) * factor, ((y[1] - y[0]) / 2) * factor);
  }

  fit(): void {
    this.plot?.reset();
    this.refresh();
  }

  /** Move the view so that a latent point is seen. */
  reveal(at: Xy): void {
    const [x, y] = this.view();
    const [px, py] = this.frame.toSquare(at);
    if (px < x[0] || px > x[1] || py < y[0] || py > y[1]) this.lookAt([px, py], (x[1] - x[0]) / 2, (y[1] - y[0]) / 2);
  }

  /** The middle of the view and a step of a fiftieth of it, in latents. */
  middle(): { at: Xy; step: number } {
    const [x, y] = this.view();
    return { at: this.frame.toLatent([(x[0] + x[1]) / 2, (y[0] + y[1]) / 2]), step: ((x[1] - x[0]) * this.frame.half) / 50 };
  }

  /** Rows that are visible now. */
  visible(): number[] {
    const [x, y] = this.view();
    const rows: number[] = [];
    for (let i = 0; i < this.x.length; i++) {
      if (this.x[i]! >= x[0] && this.x[i]! <= x[1] && this.y[i]! >= y[0] && this.y[i]! <= y[1]) rows.push(i);
    }
    return rows;
  }

  /** The pixel of a latent point, relative to the map. */
  pixel(at: Xy): Xy {
    const [x, y] = this.frame.toSquare(at);
    return [this.scales.x(x), this.scales.y(y)];
  }

  destroy(): void {
    this.plot?.destroy();
  }

  private look() {
    return { backgroundColor: this.dark ? "#15181d" : "#ffffff", lassoColor: this.dark ? "#ffd27f" : "#b85c00" };
  }

  private start(): void {
    this.plot = createScatterplot({
      canvas: this.canvas,
      width: "auto",
      height: "auto",
      xScale: this.scales.x,
      yScale: this.scales.y,
      lassoInitiator: false,
      lassoOnLongPress: false,
      lassoMinDelay: 0,
      pointSizeSelected: 2,
      pointOutlineWidth: 2,
      opacityInactiveMax: 0.25,
      pointColorActive: "#d9822b",
      pointColorHover: "#d9822b",
      deselectOnDblClick: true,
      spatialIndexUseWorker: false,
      ...this.look(),
    });
    this.plot.subscribe("pointOver", (row) => this.mode === "look" && this.events.hover(row));
    this.plot.subscribe("pointOut", () => this.mode === "look" && this.events.hover(null));
    this.plot.subscribe("select", ({ points }) => this.selected(points));
    this.plot.subscribe("view", () => this.refresh());
    this.setMode(this.mode);
  }

  private selected(rows: number[]): void {
    if (this.mode === "lasso" || rows.length > 1) return this.events.lasso([...rows]);
    this.plot!.deselect({ preventEvent: true });
    if (this.mode === "look") this.events.pick(rows[0]!);
  }

  private draw(): Promise<void> {
    this.drawing = this.drawing.then(() => this.drawNow());
    return this.drawing;
  }

  private async drawNow(): Promise<void> {
    if (!this.element.clientWidth) return;
    if (!this.plot) this.start();
    const n = this.x.length;
    const fits = this.coloring !== null && this.coloring.values.data.length === n;
    this.paint = paint(fits ? this.coloring : null, n, this.dark);
    const many = this.paint.palette.length > 1;
    this.plot!.set({
      pointColor: many ? this.paint.palette : this.paint.palette[0]!,
      colorBy: many ? "valueA" : null,
      opacity: n > MANY ? 0.35 : n > 3000 ? 0.6 : 0.8,
      pointSize: n > MANY ? 2 : n > 3000 ? 4 : n > 400 ? 6 : 8,
    });
    const points = { x: this.x, y: this.y, valueA: this.paint.codes };
    await this.plot!.draw(points, { zDataType: "categorical", preventFilterReset: false });
    this.refresh();
  }

  private resize(): void {
    if (!this.plot) void this.draw();
    else requestAnimationFrame(() => this.refresh());
  }

  private refresh(): void {
    if (this.redrawing) return;
    this.redrawing = requestAnimationFrame(() => {
      this.redrawing = 0;
      this.drawDensity();
      this.drawOverlay();
    });
  }

  private drawDensity(): void {
    const wanted = this.density === "density" || (this.density === "auto" && this.x.length > MANY);
    if (!wanted) {
      this.densityCanvas.hidden = true;
      return;
    }
    this.densityCanvas.hidden = false;
    const [x, y] = this.view();
    const colored = this.paint.palette.length > 1 ? this.paint : null;
    const visible = drawDensity(this.densityCanvas, this.x, this.y, { x, y }, colored);
    this.densityCanvas.hidden = this.density === "auto" && visible <= FEW;
  }

  private view(): [Xy, Xy] {
    return [this.scales.x.domain() as Xy, this.scales.y.domain() as Xy];
  }

  private lookAt([x, y]: Xy, halfWidth: number, halfHeight: number): void {
    const rect = { x: x - halfWidth, y: y - halfHeight, width: 2 * halfWidth, height: 2 * halfHeight };
    void this.plot?.zoomToArea(rect, { transition: false });
    this.refresh();
  }

  /**
   * In modes that decode, the renderer learns of the pointer once it rests, for pans that begin there: on its way each
   * point under it would draw the whole map again.
   */
  private moved(event: MouseEvent): void {
    if (!event.isTrusted && !event.buttons) return; // one of those below
    this.pointed(event, false);
    if (event.buttons || !this.decodes) return;
    event.stopPropagation();
    const { clientX, clientY } = event;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.canvas.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true, view: window }));
    }, RESTS);
  }

  private get decodes(): boolean {
    return this.mode === "move" || this.mode === "path";
  }

  private pointed(event: MouseEvent, pressed: boolean): void {
    if (!this.decodes || (this.mode === "path" && !pressed)) return;
    const box = this.element.getBoundingClientRect();
    const square: Xy = [this.scales.x.invert(event.clientX - box.left), this.scales.y.invert(event.clientY - box.top)];
    this.events.point(this.frame.toLatent(square), pressed);
  }

  private drawOverlay(): void {
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    if (!width || !this.plot) return;
    this.scales.x.range([0, width]);
    this.scales.y.range([height, 0]);
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.overlay.replaceChildren(...this.axes(width, height), ...this.markShapes());
  }

  private axes(width: number, height: number): SVGElement[] {
    const [x, y] = this.view();
    const [low, high] = [this.frame.toLatent([x[0], y[0]]), this.frame.toLatent([x[1], y[1]])];
    const group = s("g", { class: "axes" });
    for (const { value, at } of ticks(low[0], high[0], [0, width], Math.max(2, width / 110))) {
      if (at > 30 && at < width - 46) group.append(s("text", { x: at, y: height - 6, "text-anchor": "middle" }, value));
    }
    for (const { value, at } of this.flat ? [] : ticks(low[1], high[1], [height, 0], Math.max(2, height / 90))) {
      if (at > 24 && at < height - 24) group.append(s("text", { x: 6, y: at + 4 }, value));
    }
    group.append(s("text", { x: width - 8, y: height - 6, "text-anchor": "end", class: "name" }, this.names[0]));
    if (!this.flat) group.append(s("text", { x: 6, y: 16, class: "name" }, this.names[1]));
    return [group];
  }

  private markShapes(): SVGElement[] {
    const { probe, path, placed, cloud, row, near } = this.marks;
    const shapes: SVGElement[] = [];
    const dots = (points: Xy[] | undefined, name: string, r: number) =>
      points?.forEach((at) => {
        const [cx, cy] = this.pixel(at);
        shapes.push(s("circle", { class: name, cx, cy, r }));
      });
    dots(cloud, "cloud", 4);
    dots(placed, "placed", 5);
    dots(near, "near", 7);
    if (path && path.length) {
      const points = path.map((at) => this.pixel(at).join(",")).join(" ");
      shapes.push(s("polyline", { class: "route", points }));
      dots(path, "stop", 6);
    }
    if (row) dots([row], "row", 9);
    if (probe) {
      const [x, y] = this.pixel(probe);
      shapes.push(s("path", { class: "probe", d: `M${x - 13} ${y}h8m10 0h8M${x} ${y - 13}v8m0 10v8` }));
      shapes.push(s("circle", { class: "probe", cx: x, cy: y, r: 5 }));
    }
    return shapes;
  }

  /** The color of a class for legends. */
  static css(color: string): string {
    return `rgb(${rgb(color).join(" ")})`;
  }
}

/** A height for each point that means nothing: even, and the same every time. */
function spreadOf(x: Float32Array): Float32Array {
  let [low, high] = [Infinity, -Infinity];
  for (const value of x) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const room = (high - low) * 0.3;
  return x.map((_, i) => (((i * 0.618034) % 1) - 0.5) * room);
}
