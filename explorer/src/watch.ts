/** The page while a model trains: curves, and the map as it moves. */

import type { Progress } from "./api";
import { h, number, s } from "./dom";
import { MapView } from "./map";
import { isDark } from "./theme";
import type { Transport } from "./transport";

const EVERY = 500; // milliseconds
const [WIDTH, HEIGHT] = [420, 150];
const CURVES = ["loss", "reconstruction", "kl"];

/** Show the fit until its model is there. */
export async function watch(element: HTMLElement, ask: Transport, title: string, theme: HTMLElement): Promise<void> {
  const map = new MapView({ hover: () => {}, pick: () => {}, lasso: () => {}, point: () => {} });
  const facts = h("p", { class: "facts" }, "Training…");
  const bar = h("progress", { max: 1, value: 0, "aria-label": "training" });
  const charts = h("div", { class: "curves" });
  const message = h("p", { class: "hint" }, "When training is done, this page explores the model.");
  const header = h("header", {}, h("h1", {}, title), facts, theme);
  const stage = h("div", { class: "left" }, h("div", { class: "stage" }, map.element));
  element.replaceChildren(header, bar, h("main", {}, stage, h("aside", {}, h("div", { class: "panels" }, charts, message))));
  const curves: Record<string, (number | null)[]> = {};
  let [known, fit] = [0, -1];
  let dark = isDark();
  await map.setDark(dark);
  for (;;) {
    const now = await ask<Progress>("progress", { epoch: known });
    if (now.status === "ready") break;
    if (now.fit !== fit) {
      Object.keys(curves).forEach((name) => delete curves[name]); // another start
      fit = now.fit;
      if (known) {
        known = 0;
        continue;
      }
    }
    for (const [name, values] of Object.entries(now.curves)) (curves[name] ??= []).push(...values);
    known = now.known;
    facts.textContent = stageOf(now);
    bar.value = now.total_steps ? now.step / now.total_steps : 0;
    charts.replaceChildren(...CURVES.filter((name) => curves[name]?.length).map((name) => chart(name, curves)));
    if (dark !== isDark()) await map.setDark((dark = isDark()));
    if (now.colors) await map.setColors(now.colors);
    if (now.z) await show(map, now);
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
  map.destroy();
}

function stageOf({ epoch, epochs, step, total_steps }: Progress): string {
  if (!epochs) return "Preparing…";
  if (step >= total_steps) return `Trained for ${epochs} epochs; the model is measured and compared…`;
  return `Training: epoch ${epoch} of ${epochs}`;
}

async function show(map: MapView, { z, axes }: Progress): Promise<void> {
  const n = z!.shape[1]!;
  const axis = (k: number) => (z!.data as Float32Array).subarray(k * n, (k + 1) * n);
  const [across, up] = [axes![0]!, axes![1]];
  await map.setPoints(axis(across), up === undefined ? null : axis(up), [`z${across + 1}`, up === undefined ? "" : `z${up + 1}`]);
}

/** The color of training (0) and of validation rows (1). */
const stroke = (which: number) => (which ? "var(--line-2)" : "var(--line-1)");

/** A term of the loss over epochs, of training and validation rows. */
function chart(name: string, curves: Record<string, (number | null)[]>): HTMLElement {
  const lines = [curves[name]!, curves[`val_${name}`] ?? []];
  const values = lines.flat().filter((value): value is number => value !== null);
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0] ?? 0, sorted[Math.floor(sorted.length * 0.98)] ?? 1];
  const n = lines[0]!.length;
  const svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": name });
  lines.forEach((line, which) => {
    const points = line.flatMap((value, i) => {
      if (value === null) return [];
      const y = HEIGHT - 8 - ((value - low) / (high - low || 1)) * (HEIGHT - 16);
      return [`${((i / Math.max(1, n - 1)) * WIDTH).toFixed(1)},${Math.max(4, y).toFixed(1)}`];
    });
    svg.append(s("polyline", { points: points.join(" "), stroke: stroke(which) }));
  });
  const last = lines.flatMap((line, which) => {
    const value = line.at(-1);
    if (value == null) return [];
    const dot = h("span", { class: "dot" });
    dot.style.background = stroke(which);
    return [h("span", { class: "last" }, dot, `${which ? "validation" : "training"} ${number(value)}`)];
  });
  return h("figure", {}, h("figcaption", {}, h("b", {}, name), ", nats", ...last), svg);
}
