/** Between latents, the square of the map from -1 to 1, and pixels. */

import { scaleLinear } from "d3-scale";

export type Xy = [number, number];

/** Both axes in one unit, so that distances are those of the latents. */
export class Frame {
  readonly center: Xy;
  readonly half: number;

  constructor(x: Float32Array, y: Float32Array) {
    const [x0, x1] = extent(x);
    const [y0, y1] = extent(y);
    this.center = [(x0 + x1) / 2, (y0 + y1) / 2];
    this.half = Math.max(x1 - x0, y1 - y0, 1e-6) * 0.53;
  }

  toSquare([x, y]: Xy): Xy {
    return [(x - this.center[0]) / this.half, (y - this.center[1]) / this.half];
  }

  toLatent([x, y]: Xy): Xy {
    return [x * this.half + this.center[0], y * this.half + this.center[1]];
  }

  scaled(values: Float32Array, axis: 0 | 1): Float32Array {
    const scaled = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) scaled[i] = (values[i]! - this.center[axis]) / this.half;
    return scaled;
  }
}

function extent(values: Float32Array): Xy {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [-1, 1];
}

/** Scales from the visible part of the square to pixels; the map keeps them up to date. */
export function pixelScales() {
  return { x: scaleLinear().domain([-1, 1]), y: scaleLinear().domain([-1, 1]) };
}

/** Ticks of an axis in latents, with their pixels. */
export function ticks(low: number, high: number, pixels: Xy, count: number): { value: string; at: number }[] {
  const scale = scaleLinear().domain([low, high]).range(pixels);
  const format = scale.tickFormat(count);
  return scale.ticks(count).map((value) => ({ value: format(value), at: scale(value) }));
}
