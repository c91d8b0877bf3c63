// The page of an exported model: a row goes in, its latent point can be moved, and what it decodes to is shown.
import { Reader } from "../../src/elbax/export/assets/reader.js";
import { drawImage, drawLines, drawTable, element, kindOf, short } from "./drawing.js";
import { Form } from "./form.js";
import { Latents } from "./latents.js";
import { Model, size } from "./model.js";

const MOST_FIELDS = 80;
const byId = (id) => document.getElementById(id);
const { schema, examples } = JSON.parse(byId("model").textContent);
const reader = new Reader(schema);
const kind = kindOf(schema.x);
const hasForm = kind === "table" || (kind === "numbers" && size(schema.x.shape) <= MOST_FIELDS);

class Page {
  constructor(model) {
    this.model = model;
    this.codes = new Float32Array(size(schema.x.shape));
    this.latents = new Latents(schema.latent_dim, () => this.moved());
    this.form = hasForm ? new Form(schema.x, reader.x, () => this.read()) : null;
    const hasContext = schema.context !== null && schema.context.columns !== null;
    this.contextForm = hasContext ? new Form(schema.context, reader.context, () => this.read()) : null;
    this.contextCodes = schema.context === null ? null : new Float32Array(size(schema.context.shape));
    byId("latents").replaceChildren(this.latents.node);
    byId("row").replaceChildren(...(this.form ? [this.form.node] : [byId("picture")]));
    if (this.contextForm) {
      byId("context").replaceChildren(this.contextForm.node);
      byId("given").hidden = false;
    }
    this.showExamples();
    this.showExample(examples[0]);
  }

  showExamples() {
    const options = examples.map((example, i) => element("option", { textContent: example.name, value: i }));
    byId("examples").replaceChildren(...options);
    byId("examples").addEventListener("change", () => this.showExample(examples[byId("examples").selectedIndex]));
    byId("own").hidden = kind !== "image";
    byId("file").addEventListener("change", () => this.readPicture(byId("file").files[0]));
    byId("back").addEventListener("click", () => this.telling(() => this.encode()));
    byId("paste").hidden = kind === "image" || hasForm;
    byId("paste").addEventListener("change", () => this.readNumbers(byId("paste").value));
  }

  showExample({ x, context }) {
    this.codes = Float32Array.from(x.flat(9), (value) => (value === null ? NaN : value));
    if (context !== null) this.contextCodes = Float32Array.from(context.flat(9));
    if (this.form) this.form.show(this.recordOf(this.codes));
    if (this.contextForm) this.contextForm.show(reader.context.decode(this.contextCodes)[0]);
    return this.encode();
  }

  /** Cells of numbers by the names of the form. */
  recordOf(codes) {
    const [row] = reader.x.decode(codes);
    if (schema.x.columns !== null) return row;
    return Object.fromEntries(this.form.names.map((name, i) => [name, Number(row[i].toPrecision(6))]));
  }

  /** Take the row from the forms. */
  read() {
    return this.telling(async () => {
      if (this.form) this.codes = this.form.codes;
      if (this.contextForm) this.contextCodes = this.contextForm.codes;
      await this.encode();
    });
  }

  async encode() {
    const { mean, deviation } = await this.model.encode(this.codes, this.contextCodes);
    this.latents.show(mean, deviation);
    byId("back").disabled = true;
    await this.decode();
    const score = await this.model.score(this.codes, this.contextCodes);
    byId("score").textContent = score === null ? "" : `log p(x) ≈ ${score[0].toFixed(2)} nats`;
  }

  /** Decode the point that was moved away from that of the row. */
  moved() {
    byId("back").disabled = false;
    return this.decode();
  }

  decode() {
    return this.telling(async () => {
      const decoded = await this.model.decode(this.latents.z, this.contextCodes);
      this.decoded = decoded;
      byId("decoded").replaceChildren(this.drawn(decoded));
      if (!this.form) byId("picture").replaceChildren(this.drawn(this.codes, "row"));
    });
  }

  drawn(values, name = "decoded") {
    if (kind === "image") return drawImage(schema.x, values, name);
    if (!hasForm) return drawLines(schema.x, values, name);
    const [record, own] = [this.recordOf(values), this.form.record];
    const names = Object.keys(record);
    return drawTable(names, names.map((key) => record[key]), names.map((key) => own[key]));
  }

  /** Run, and say what is wrong with a cell. */
  async telling(run) {
    try {
      await run();
      byId("message").textContent = "";
    } catch (error) {
      byId("message").textContent = error.message;
    }
  }

  /** A file as the row: brought to the size of the model's images. */
  async readPicture(file) {
    if (!file) return;
    const picture = await createImageBitmap(file);
    const { axes, shape, range } = schema.x;
    const lengths = Object.fromEntries([...axes].map((letter, i) => [letter, shape[i]]));
    const canvas = element("canvas", { width: lengths.x, height: lengths.y });
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0, lengths.x, lengths.y);
    const pixels = pen.getImageData(0, 0, lengths.x, lengths.y).data;
    const { low, high } = range ?? { low: 0, high: 1 };
    this.codes = this.codes.map((_, k) => {
      let rest = k;
      const at = {};
      [...axes].reverse().forEach((letter) => {
        at[letter] = rest % lengths[letter];
        rest = Math.floor(rest / lengths[letter]);
      });
      const first = 4 * (at.y * lengths.x + at.x);
      const gray = (0.299 * pixels[first] + 0.587 * pixels[first + 1] + 0.114 * pixels[first + 2]) / 255;
      const value = (lengths.c ?? 1) >= 3 ? pixels[first + Math.min(at.c, 2)] / 255 : gray;
      return low + value * (high - low);
    });
    await this.telling(() => this.encode());
  }

  readNumbers(text) {
    return this.telling(async () => {
      const values = text.split(/[\s,;]+/).filter((part) => part !== "").map(Number);
      if (values.length !== this.codes.length || values.some(Number.isNaN)) {
        throw new Error(`paste ${this.codes.length} numbers; got ${values.length}`);
      }
      this.codes = Float32Array.from(values);
      await this.encode();
    });
  }
}

async function start() {
  const model = await Model.open(schema);
  const page = new Page(model);
  byId("working").hidden = true;
  byId("main").hidden = false;
  window.elbax = { schema, reader, model, page, short };
}

window.elbaxReady = start().catch((error) => {
  byId("working").textContent = `This page cannot run its model here: ${error.message}`;
  throw error;
});
