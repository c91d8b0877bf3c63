/** Colors of points: classes as Python names them, scales in viridis, gray where there is no value. */

import type { Coloring } from "./api";

export type Rgb = [number, number, number];

const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
const STEPS = 64;
const GRAY = "#a3a9b1";
const DARKEST = 0.22; // of viridis on a dark page: what is darker would not be seen

export function rgb(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function hex([r, g, b]: Rgb): string {
  return "#" + [r, g, b].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
}

/** Viridis at a position from 0 to 1. */
export function viridis(position: number): Rgb {
  const place = Math.min(Math.max(position, 0), 1) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [a, b] = [rgb(VIRIDIS[i]!), rgb(VIRIDIS[i + 1]!)];
  return a.map((part, k) => part + (place - i) * (b[k]! - part)) as Rgb;
}

/** The palette of a map, and each point's place in it. */
export interface Paint {
  palette: string[];
  codes: Uint8Array;
}

function scaleColors(dark: boolean): string[] {
  const low = dark ? DARKEST : 0;
  return Array.from({ length: STEPS }, (_, i) => hex(viridis(low + ((1 - low) * i) / (STEPS - 1))));
}

export function paint(coloring: Coloring | null, n: number, dark: boolean): Paint {
  if (coloring === null) return { palette: [dark ? "#6aa9d8" : "#2b6a99"], codes: new Uint8Array(n) };
  const values = coloring.values.data;
  if (coloring.kind === "classes") return { palette: coloring.colors!, codes: values as Uint8Array };
  const [low, high] = [coloring.low!, coloring.high!];
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const t = (values[i]! - low) / (high - low);
    codes[i] = t === t ? 1 + Math.min(STEPS - 1, Math.max(0, Math.floor(t * STEPS))) : 0;
  }
  return { palette: [GRAY, ...scaleColors(dark)], codes };
}

/** CSS stops of a scale's bar. */
export function scaleGradient(dark: boolean): string {
  return `linear-gradient(to right, ${scaleColors(dark)
    .filter((_, i) => i % 7 === 0)
    .join(", ")})`;
}
