/** A picture of how many points lie where, in their mean color. */

import { rgb, viridis, type Paint, type Rgb } from "./colors";

const CELL = 3; // pixels

/** Draw points of the square within the visible part of it; returns how many are visible. */
export function drawDensity(
  canvas: HTMLCanvasElement,
  x: Float32Array,
  y: Float32Array,
  view: { x: number[]; y: number[] },
  paint: Paint | null,
): number {
  const [width, height] = [Math.max(1, Math.ceil(canvas.clientWidth / CELL)), Math.max(1, Math.ceil(canvas.clientHeight / CELL))];
  const counts = new Float32Array(width * height);
  const sums = paint ? new Float32Array(width * height * 3) : null;
  const colors = paint ? paint.palette.map(rgb) : [];
  const [x0, y1] = [view.x[0]!, view.y[1]!];
  const sx = width / (view.x[1]! - x0);
  const sy = height / (y1 - view.y[0]!);
  let visible = 0;
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor((x[i]! - x0) * sx);
    const row = Math.floor((y1 - y[i]!) * sy);
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const cell = row * width + column;
    counts[cell]! += 1;
    visible++;
    if (sums) {
      const color = colors[paint!.codes[i]!]!;
      for (let k = 0; k < 3; k++) sums[3 * cell + k]! += color[k]!;
    }
  }
  show(canvas, width, height, counts, sums);
  return visible;
}

function show(canvas: HTMLCanvasElement, width: number, height: number, counts: Float32Array, sums: Float32Array | null): void {
  const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
  const image = new ImageData(width, height);
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell]!;
    if (!count) continue;
    const level = Math.log1p(count) / most;
    const color: Rgb = sums ? [sums[3 * cell]! / count, sums[3 * cell + 1]! / count, sums[3 * cell + 2]! / count] : viridis(level);
    image.data.set([...color, sums ? 70 + 185 * level : 255], 4 * cell);
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
