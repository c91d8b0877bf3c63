// Reads rows for a model exported by elbax: text, dates and gaps become numbers as schema.json says, and back.
// Needs no package. The same as reader.py; times are exact to the millisecond.
//
//   const reader = new Reader(schema);
//   const x = reader.x.encode([{ age: 41, city: "Bonn", since: "2021-05-01" }]); // Float32Array, NaN in gaps
//   const rows = reader.x.decode(x);

const TRUTH = { True: "1", False: "0", 1: "True", 0: "False", true: "True", false: "False" };
const LEVELS = ["boolean", "category", "ordered"];
const NUMBERS = ["real", "positive", "bounded", "spiked", "integer", "count", "exposure"];
const MILLISECONDS = { D: 864e5, h: 36e5, m: 6e4, s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 };
const ISO = /^(\d{4})-(\d\d)(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?$/;
const OFFSET = /(Z|[+-]\d\d:?\d\d)$/;
const SPAN = /^(-?\d+) days?(?: \+?(\d\d):(\d\d):(\d\d(?:\.\d+)?))?$/;

/** The rows (`x`) and the context (or null) of one exported model; each has `encode` and `decode`. */
export class Reader {
  constructor(schema) {
    this.schema = schema;
    this.x = new Rows(schema.x);
    this.context = schema.context === null ? null : new Rows(schema.context);
  }
}

/** Rows of one shape: records, if columns have names, or arrays. */
export class Rows {
  constructor(record) {
    this.shape = record.shape;
    this.names = record.names;
    this.columns = record.columns;
    this.size = record.shape.reduce((product, length) => product * length, 1);
    this.missing = ["", "?", ...(record.missing ?? [])];
  }

  /** Numbers, row by row, of records (objects or arrays of cells), or of nested arrays. */
  encode(rows) {
    if (this.columns === null) {
      const named = (row) => this.names !== null && !Array.isArray(row) && !ArrayBuffer.isView(row);
      const values = rows.flatMap((row) => (named(row) ? this.names.map((name) => row[name]) : flat(row)));
      if (values.length !== rows.length * this.size) {
        throw new Error(`a row has ${values.length / rows.length} numbers; pass ${this.size}`);
      }
      return Float32Array.from(values, Number);
    }
    const codes = new Float32Array(rows.length * this.size).fill(NaN);
    const names = this.names ?? this.columns.flatMap((column) => column.columns);
    rows.forEach((row, i) => {
      const cells = Array.isArray(row) ? row : typeof row === "object" && row !== null ? null : [row];
      const record = cells === null ? row : Object.fromEntries(names.map((name, j) => [name, cells[j]]));
      for (const column of this.columns) {
        if (column.feature === null) continue;
        const own = column.columns.map((name) => this.cell(record[name]));
        codes[i * this.size + column.feature] = encodeCells(column, own, i);
      }
    });
    return codes;
  }

  /** Records of numbers, row by row, or arrays of them; null in gaps. */
  decode(codes) {
    const n = codes.length / this.size;
    const rows = Array.from({ length: n }, (_, i) => codes.slice(i * this.size, (i + 1) * this.size));
    return this.columns === null ? rows : rows.map((row) => this.record(row));
  }

  record(row) {
    const found = {};
    for (const column of this.columns) {
      if (column.kind === "gap") continue;
      const cells = decodeCode(column, column.feature === null ? NaN : row[column.feature]);
      column.columns.forEach((name, i) => (found[name] = cells[i]));
    }
    for (const column of this.columns) {
      if (column.kind === "gap" && row[column.feature] >= 0.5) for (const name of column.columns) found[name] = null;
    }
    return this.names === null ? found : Object.fromEntries(this.names.map((name) => [name, found[name]]));
  }

  /** A cell, null where it is a gap. */
  cell(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return null;
    if (typeof value === "string") return this.missing.includes(value.trim()) ? null : value;
    if (typeof value === "number") return this.missing.some((marker) => number(marker) === value) ? null : value;
    return value;
  }
}

function encodeCells(column, cells, row) {
  const { kind } = column;
  const [value] = cells;
  if (kind === "gap") return value === null ? 1 : 0;
  if (kind === "onehot") return position(column, cells, row);
  if (value === null) return NaN;
  if (LEVELS.includes(kind)) return level(column, value, row);
  if (NUMBERS.includes(kind)) {
    const found = typeof value === "string" ? number(value) : Number(value);
    if (found === null) throw wrong(column, value, row, "a number");
    return found - (column.origin ?? 0);
  }
  return kind === "duration" ? span(column, value, row) : moment(column, value, row);
}

function decodeCode(column, code) {
  const { kind } = column;
  if (kind === "constant") return [column.value];
  if (column.feature === null || Number.isNaN(code)) return column.columns.map(() => column.blank ?? null);
  if (kind === "onehot") {
    return column.forms.map((form, place) => {
      const own = place === even(code);
      return form === "boolean" ? own : Number(own);
    });
  }
  if (LEVELS.includes(kind)) {
    const values = [...column.values, ...(column.other ? ["other"] : [])];
    return [values[Math.min(Math.max(even(code), 0), values.length - 1)]];
  }
  if (NUMBERS.includes(kind)) return [writeNumber(column, code)];
  return [kind === "duration" ? writeSpan(column, code) : writeMoment(column, code)];
}

function level(column, value, row) {
  const texts = column.values.map(text);
  for (const candidate of [text(value), TRUTH[text(value)]]) {
    if (candidate !== undefined && texts.includes(candidate)) return texts.indexOf(candidate);
  }
  if (column.other) return texts.length;
  throw wrong(column, value, row, `one of ${texts.slice(0, 12).join(", ")}`);
}

function position(column, cells, row) {
  const ones = cells.flatMap((cell, i) => (cell !== null && Number(cell) === 1 ? [i] : []));
  const gaps = cells.flatMap((cell, i) => (cell === null ? [i] : []));
  if (ones.length > 1 || (ones.length === 0 && gaps.length === 0)) {
    throw new Error(`set exactly one of the columns ${column.columns.join(", ")} in row ${row}`);
  }
  return ones.length ? ones[0] : gaps.length === 1 ? gaps[0] : NaN;
}

function writeNumber(column, code) {
  let value = code + (column.origin ?? 0);
  const { low, high, decimals } = column;
  if (column.kind === "positive") value = value > 0 ? value : column.minimum;
  else value = Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity);
  if (decimals !== null && decimals !== undefined) value = Number(value.toFixed(decimals)) + 0;
  const writing = column.writing ?? "";
  return /^\d+$/.test(writing) ? value.toFixed(Number(writing)) : writing ? String(value) : value;
}

/** Units since the origin; the part of a unit that has passed is a fraction. */
function moment(column, value, row) {
  let time = readMoment(column, value);
  if (time === null || Number.isNaN(time)) throw wrong(column, value, row, "a date");
  if (column.zone) time += offsetAt(time, column.zone);
  const [floor, begin, end] = unitAround(time, column.unit);
  return floor - column.origin + (time - begin) / (end - begin);
}

/** The whole units since 1970 that have passed at a time in milliseconds, and when the last one begins and ends. */
function unitAround(time, unit) {
  if (unit === "Y" || unit === "M") {
    const date = new Date(time);
    const months = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
    const count = unit === "M" ? months : Math.floor(months / 12);
    return [count, startOf(count, unit), startOf(count + 1, unit)];
  }
  const length = MILLISECONDS[unit];
  const count = Math.floor(time / length + 1e-9);
  return [count, count * length, (count + 1) * length];
}

function startOf(count, unit) {
  return unit === "Y" ? Date.UTC(1970 + count, 0) : unit === "M" ? Date.UTC(1970, count) : count * MILLISECONDS[unit];
}

/** Milliseconds since 1970; null for what is no date. */
function readMoment(column, value) {
  const { writing } = column;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "number") {
    if (writing.startsWith("unix ")) return value * MILLISECONDS[writing.split(" ")[1]];
    const digits = String(value);
    if (writing === "%Y%m%d") return iso(`${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`);
    return writing === "%Y%m" ? iso(`${digits.slice(0, 4)}-${digits.slice(4)}`) : null;
  }
  if (writing.startsWith("text ")) return formatted(value, writing.slice(5));
  let written = value;
  const usual = writing.startsWith("iso|") ? writing.split("|")[3] : "";
  if (usual && written.endsWith(usual)) written = written.slice(0, -usual.length);
  const offset = written.includes(":") ? OFFSET.exec(written) : null;
  if (offset === null) return iso(written);
  const sign = offset[1];
  const minutes = sign === "Z" ? 0 : (60 * Number(sign.slice(1, 3)) + Number(sign.slice(-2))) * (sign[0] === "+" ? 1 : -1);
  return iso(written.slice(0, offset.index)) - minutes * 6e4;
}

function iso(written) {
  const match = ISO.exec(written);
  if (match === null) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  return utc(year, month, match[3] === undefined ? 1 : day, hour, minute, second, match[7]);
}

function utc(year, month, day, hour = 0, minute = 0, second = 0, fraction = "0") {
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(time);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  return real ? time + 1e3 * Number(fraction ?? 0) : NaN;
}

/** A date in a format of strptime that has numbers only. */
function formatted(written, format) {
  const found = {};
  const names = [];
  const pattern = format.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%(.)/g, (_, name) => {
    names.push(name);
    return name === "Y" ? "(\\d{4})" : name === "f" ? "(\\d{1,6})" : "(\\d{1,2})";
  });
  if (names.some((name) => !"YmdHMSfy".includes(name))) throw new Error(`dates in the form ${format} are not read here`);
  const match = new RegExp(`^${pattern}$`).exec(written);
  if (match === null) return NaN;
  names.forEach((name, i) => (found[name] = match[i + 1]));
  const year = found.Y ?? (Number(found.y) < 69 ? 2000 : 1900) + Number(found.y);
  const parts = [year, found.m ?? 1, found.d ?? 1, found.H ?? 0, found.M ?? 0, found.S ?? 0].map(Number);
  return utc(...parts, `0.${found.f ?? 0}`);
}

function writeMoment(column, code) {
  const { unit, writing } = column;
  let time = startOf(even(code) + column.origin, unit);
  if (column.zone) time = toUtc(time, column.zone);
  const date = new Date(time);
  const full = date.toISOString();
  if (writing.startsWith("unix ")) return Math.round(time / MILLISECONDS[writing.split(" ")[1]]);
  if (writing === "%Y%m%d") return Number(full.slice(0, 10).replaceAll("-", ""));
  if (writing === "%Y%m") return Number(full.slice(0, 7).replace("-", ""));
  if (writing.startsWith("text ")) return strftime(date, writing.slice(5));
  const [, separator, exact, offset] = writing ? writing.split("|") : ["", "T", usual(column), ""];
  const digits = exact.startsWith("f") ? Number(exact.slice(1)) : 0;
  const length = { D: 10, h: 13, m: 16, s: 19 }[exact] ?? 20 + digits;
  const long = full.slice(0, 23).padEnd(29, "0");
  return long.slice(0, length).replace("T", separator) + offset;
}

/** How far text of a time goes that has no writing of its own. */
function usual(column) {
  if (column.zone) return "s";
  return { Y: "D", M: "D", ms: "f3", us: "f6", ns: "f9" }[column.unit] ?? column.unit;
}

function strftime(date, format) {
  const two = (part) => String(part).padStart(2, "0");
  const parts = {
    Y: date.getUTCFullYear(), m: two(date.getUTCMonth() + 1), d: two(date.getUTCDate()), H: two(date.getUTCHours()),
    M: two(date.getUTCMinutes()), S: two(date.getUTCSeconds()), y: two(date.getUTCFullYear() % 100),
    f: String(date.getUTCMilliseconds() * 1000).padStart(6, "0"),
  };
  return format.replace(/%(.)/g, (_, name) => parts[name] ?? "");
}

/** Milliseconds by which clocks of a zone are ahead of UTC at a time. */
function offsetAt(time, zone) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", second: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(time)).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return local - Math.floor(time / 1e3) * 1e3;
}

function toUtc(local, zone) {
  const guess = local - offsetAt(local, zone);
  return local - offsetAt(guess, zone);
}

/** Units of a length of time: a number of them, or text such as "2 days 03:30:00". */
function span(column, value, row) {
  if (typeof value === "number") return value;
  const match = SPAN.exec(String(value).trim());
  if (match === null) throw wrong(column, value, row, "a length of time, such as 2 days 03:30:00");
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e3) / MILLISECONDS[column.unit];
}

function writeSpan(column, code) {
  const two = (part) => String(part).padStart(2, "0");
  const total = (even(code) * MILLISECONDS[column.unit]) / 1e3;
  const days = Math.floor(total / 86400);
  const rest = total - days * 86400;
  const seconds = rest % 60;
  const written = seconds % 1 ? seconds.toFixed(6).padStart(9, "0") : two(seconds);
  return `${days} days ${two(Math.floor(rest / 3600))}:${two(Math.floor((rest % 3600) / 60))}:${written}`;
}

function text(value) {
  return value === true ? "True" : value === false ? "False" : String(value);
}

/** The finite number that a text stands for, or null. */
function number(written) {
  const plain = String(written).trim();
  if (plain === "" || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return null;
  return Number(plain);
}

/** The nearest integer, the even one in the middle. */
function even(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function flat(row) {
  return Array.isArray(row) || ArrayBuffer.isView(row) ? Array.from(row).flatMap(flat) : [row];
}

function wrong(column, value, row, wanted) {
  return new Error(`column '${column.name}' is ${JSON.stringify(value)} in row ${row}; pass ${wanted}`);
}
