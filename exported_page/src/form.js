// A form of one row: a field for each column.
import { element, short } from "./drawing.js";

/** Fields of a part of the schema, x or context; `changed` is called after every change. */
export class Form {
  constructor(part, rows, changed) {
    this.part = part;
    this.rows = rows;
    this.fields = columnsOf(part).map((column) => field(column, changed));
    this.node = element("div", { className: "fields" }, this.fields.map(({ node }) => node));
  }

  /** The cells of the row by column. */
  get record() {
    return Object.fromEntries(this.fields.map(({ name, control }) => [name, read(control)]));
  }

  /** Numbers of the row. */
  get codes() {
    const { record } = this;
    return this.rows.encode([this.part.columns === null ? Object.values(record) : record]);
  }

  show(record) {
    for (const { name, control } of this.fields) write(control, record[name]);
  }

  /** The cells as text, and where a reader says that one is wrong. */
  get names() {
    return this.fields.map(({ name }) => name);
  }
}

/** The columns of users: name, kind and usual values. */
function columnsOf(part) {
  if (part.columns === null) {
    const n = part.shape.reduce((product, length) => product * length, 1);
    return Array.from({ length: n }, (_, i) => ({
      name: part.names?.[i] ?? String(i),
      kind: "real",
      mean: part.range?.mean?.[i],
      minimum: part.range?.low?.[i],
      maximum: part.range?.high?.[i],
    }));
  }
  const known = part.columns.filter((column) => column.feature !== null && column.kind !== "gap");
  if (part.names === null && known.length === 1) {
    known[0] = { ...known[0], label: known[0].values === undefined ? "value" : "label" };
  }
  return known.flatMap((column) => column.columns.map((name) => ({ ...column, name, group: column.columns.length > 1 })));
}

function field(column, changed) {
  const levels = column.group ? [0, 1] : column.values;
  const control = levels === undefined ? input(column) : choice(levels, column);
  control.addEventListener(levels === undefined ? "input" : "change", changed);
  const node = element("label", {}, [element("span", { textContent: column.label ?? column.name }), control]);
  return { name: column.name, control, node };
}

function input(column) {
  const isNumber = ["real", "positive", "bounded", "spiked", "integer", "count", "exposure"].includes(column.kind);
  const control = element("input", { type: "text", inputMode: isNumber ? "decimal" : "text", autocomplete: "off" });
  if (isNumber && column.minimum !== undefined) {
    const origin = column.origin ?? 0;
    control.placeholder = `${short(column.minimum + origin)} to ${short(column.maximum + origin)}`;
  }
  return control;
}

function choice(levels, column) {
  const options = levels.map((level) => element("option", { textContent: String(level) }));
  const control = element("select", {}, [element("option", { textContent: "" }), ...options]);
  control.values = [null, ...levels];
  if (column.group) control.title = `exactly one of ${column.columns.join(", ")} is 1`;
  return control;
}

function read(control) {
  if (control.values !== undefined) return control.values[control.selectedIndex];
  return control.value === "" ? null : control.value;
}

function write(control, value) {
  if (control.values === undefined) control.value = value === null || value === undefined ? "" : String(value);
  else control.selectedIndex = Math.max(0, control.values.findIndex((own) => own === value));
}
