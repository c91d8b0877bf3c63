/** What Python answers. */

import type { Tensor } from "./transport";

export interface Latent {
  name: string;
  low: number;
  high: number;
}

export interface Control {
  name: string;
  usual: string | number;
  levels?: string[];
  low?: number;
  high?: number;
}

export interface Field {
  name: string;
  kind: string;
  levels?: string[];
  low?: string;
  high?: string;
}

export interface Description {
  status: "ready";
  title: string;
  n_rows: number;
  n_all: number;
  latents: Latent[];
  axes: number[];
  form: "image" | "series" | "table";
  columns: string[];
  series: { low: number[]; high: number[] } | null;
  likelihood: string;
  colorings: { id: string; name: string }[];
  context: Control[] | null;
  fields: Field[];
}

export interface Training {
  status: "training";
  title: string;
}

export type Cards =
  | { form: "image"; pictures: Tensor }
  | { form: "series"; series: Tensor }
  | { form: "table"; cells: string[][] };

export interface Coloring {
  title: string;
  kind: "classes" | "scale";
  values: Tensor;
  names?: string[];
  colors?: string[];
  counts?: number[];
  low?: number;
  high?: number;
  texts?: string[] | null;
}

export interface Shown {
  rows: number[];
  labels: string[] | null;
  cards: Cards;
}

export interface Pair {
  row: number;
  label: string | null;
  z: number[];
  cards: [Cards, Cards];
}

export interface Neighbors extends Shown {
  distances: number[];
}

export interface Blame {
  blame: string;
  nats: string;
  found: string;
  expected: string;
  also: string;
}

export interface Odd extends Shown {
  scores: number[];
  score_name: string;
  blame?: Blame[];
}

export interface ContrastColumn {
  column: string;
  separation: number;
  inside: string;
  outside: string;
  label: string | null;
}

export interface Contrast {
  n: number;
  n_others: number;
  columns: ContrastColumn[];
  cards?: Cards;
}

export interface Filled {
  z: number[];
  cloud: Tensor;
  columns: { name: string; text: string; low?: string; high?: string; shares?: [string, number][] }[];
}

export interface Placed {
  name: string;
  n: number;
  z: Tensor;
  cards: Cards;
}

export interface Progress {
  status: "training" | "ready";
  fit: number;
  step: number;
  total_steps: number;
  epoch: number;
  epochs: number;
  known: number;
  curves: Record<string, (number | null)[]>;
  z?: Tensor;
  axes?: number[];
  colors?: Coloring;
}

export interface ExportFile {
  name: string;
  content: Tensor;
}
