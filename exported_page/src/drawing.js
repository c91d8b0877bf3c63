// Rows as pictures, lines and tables.
import { size } from "./model.js";

export const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]; // Okabe and Ito

export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** What a row is: "image", "series", "table" (records) or "numbers". */
export function kindOf(part) {
  if (part.axes.includes("y")) return "image";
  if (part.axes.includes("t")) return "series";
  return part.columns !== null || part.names !== null ? "table" : "numbers";
}

/** Frames of an image: for each a function of (row, column, channel), with the numbers of rows, columns, channels. */
function frames(axes, shape, values) {
  const lengths = Object.fromEntries([...axes].map((letter, i) => [letter, shape[i]]));
  const strides = shape.map((_, i) => size(shape.slice(i + 1)));
  const stride = Object.fromEntries([...axes].map((letter, i) => [letter, strides[i]]));
  const stacked = [...axes].filter((letter) => letter === "t" || letter === "z");
  let offsets = [0];
  for (const letter of stacked) {
    offsets = offsets.flatMap((base) => Array.from({ length: lengths[letter] }, (_, k) => base + k * stride[letter]));
  }
  const channels = lengths.c ?? 1;
  const color = channels === 3 || channels === 4;
  const planes = color ? [0] : Array.from({ length: channels }, (_, c) => c);
  const all = offsets.flatMap((base) => planes.map((plane) => base + plane * (stride.c ?? 0)));
  return all.slice(0, 12).map((base) => ({
    height: lengths.y,
    width: lengths.x,
    color,
    at: (y, x, c) => values[base + y * stride.y + x * stride.x + c * (stride.c ?? 0)],
  }));
}

export function drawImage(part, values, name) {
  const { low, high } = part.range ?? extent(values);
  const shade = (value) => (255 * (value - low)) / (high - low || 1);
  const canvases = frames(part.axes, part.shape, values).map((frame) => {
    const canvas = element("canvas", { width: frame.width, height: frame.height, className: "pixels" });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
    const pen = canvas.getContext("2d");
    const data = pen.createImageData(frame.width, frame.height);
    for (let y = 0, k = 0; y < frame.height; y++) {
      for (let x = 0; x < frame.width; x++, k += 4) {
        for (let c = 0; c < 3; c++) data.data[k + c] = shade(frame.at(y, x, frame.color ? c : 0));
        data.data[k + 3] = 255;
      }
    }
    pen.putImageData(data, 0, 0);
    return canvas;
  });
  return element("div", { className: canvases.length > 1 ? "frames" : "frame" }, canvases);
}

function extent(values) {
  const known = Array.from(values).filter(Number.isFinite);
  return known.length ? { low: Math.min(...known), high: Math.max(...known) } : { low: 0, high: 1 };
}

/** Lines of a window of series, or one line of many numbers. */
export function drawLines(part, values, name) {
  const time = part.axes.indexOf("t");
  const steps = time < 0 ? values.length : part.shape[time];
  const series = values.length / steps;
  const last = time === part.axes.length - 1;
  const at = (step, k) => values[last ? k * steps + step : step * series + k];
  const { low, high } = extent(values);
  const [width, height, edge] = [480, 200, 8];
  const x = (step) => edge + ((width - 2 * edge) * step) / Math.max(steps - 1, 1);
  const y = (value) => height - edge - ((height - 2 * edge) * (value - low)) / (high - low || 1);
  const lines = Array.from({ length: Math.min(series, 6) }, (_, k) => {
    const points = Array.from({ length: steps }, (_, step) => `${x(step).toFixed(1)},${y(at(step, k)).toFixed(1)}`);
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${COLORS[k]}" stroke-width="2"/>`;
  });
  const box = element("div", { className: "lines" });
  box.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img">${lines.join("")}</svg>`;
  box.firstChild.setAttribute("aria-label", name);
  box.append(element("p", { className: "quiet", textContent: `${short(low)} to ${short(high)}, ${steps} steps` }));
  return box;
}

/** Names and values beside those of another row. */
export function drawTable(names, values, others) {
  const head = element("tr", {}, ["", "row", "decoded"].map((text) => element("th", { textContent: text, scope: "col" })));
  const rows = names.map((name, i) => {
    const cells = [others[i], values[i]].map((value) => element("td", { textContent: short(value) }));
    return element("tr", {}, [element("th", { textContent: name, scope: "row" }), ...cells]);
  });
  return element("div", { className: "scroll" }, [
    element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]),
  ]);
}

/** A value in a few digits. */
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}
