/** What all panels share: the model, the map, and the point that is decoded. */

import type { Coloring, Description } from "./api";
import { MapView, type Mode } from "./map";
import { Latest, type Transport } from "./transport";
import type { Xy } from "./view";

export interface Panel {
  readonly name: string;
  readonly title: string;
  readonly element: HTMLElement;
  shown?(): void;
}

/** Listeners of the point and of the picked row. */
type Listener<T> = (value: T) => void;

export class App {
  /** The latent point that is decoded, in all dimensions. */
  point: number[];
  axes: number[];
  context: Record<string, string | number> | null;
  contextRow: number | null = null;
  coloring: Coloring | null = null;
  private readonly pointListeners: Listener<number[]>[] = [];
  private readonly contextListeners: (() => void)[] = [];

  constructor(
    readonly about: Description,
    readonly ask: Transport,
    readonly say: (text: string, error?: boolean) => void,
    readonly open: (panel: string) => void,
    readonly useMode: (mode: Mode) => void,
    readonly map: MapView,
  ) {
    this.point = about.latents.map(({ low, high }) => (low + high) / 2);
    this.axes = about.axes;
    this.context = about.context && Object.fromEntries(about.context.map(({ name, usual }) => [name, usual]));
    if (about.context && !about.context.length) this.contextRow = 0; // an image: that of a row
  }

  /** The fields of a request that say the context. */
  inContext(): object {
    return this.contextRow !== null ? { context_row: this.contextRow } : { context: this.context };
  }

  setContext(name: string, value: string | number): void {
    this.context![name] = value;
    this.contextListeners.forEach((listen) => listen());
  }

  setContextRow(row: number): void {
    if (this.about.context && !this.about.context.length) {
      this.contextRow = row;
      this.contextListeners.forEach((listen) => listen());
    }
  }

  onContext(listen: () => void): void {
    this.contextListeners.push(listen);
  }

  onPoint(listen: Listener<number[]>): void {
    this.pointListeners.push(listen);
  }

  /** Move the decoded point, in all dimensions or along the axes of the map. */
  setPoint(point: number[]): void {
    this.point = point;
    this.map.setMarks({ probe: this.along(point) });
    this.pointListeners.forEach((listen) => listen(point));
  }

  movePoint([x, y]: Xy): void {
    this.setPoint(this.lift([x, y]));
  }

  /** A point of the map in all dimensions: the others stay as they are. */
  lift([x, y]: Xy): number[] {
    const point = [...this.point];
    point[this.axes[0]!] = x;
    if (this.axes.length > 1) point[this.axes[1]!] = y;
    return point;
  }

  /** A latent point along the axes of the map. */
  along(point: ArrayLike<number>): Xy {
    return [point[this.axes[0]!]!, this.axes.length > 1 ? point[this.axes[1]!]! : 0];
  }

  /** Latent points (latent, n) along the axes of the map. */
  alongAll(z: { data: ArrayLike<number>; shape: number[] }, most = 2000): Xy[] {
    const n = z.shape[1]!;
    const step = Math.max(1, Math.ceil(n / most));
    const axis = (k: number, i: number) => z.data[k * n + i]!;
    const points: Xy[] = [];
    for (let i = 0; i < n; i += step) points.push([axis(this.axes[0]!, i), this.axes.length > 1 ? axis(this.axes[1]!, i) : 0]);
    return points;
  }

  latest<A extends unknown[]>(work: (...args: A) => Promise<void>): Latest<A> {
    return new Latest(work, (error) => this.say(error.message, true));
  }

  /** Run something that may fail, and say so. */
  async run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }
}
