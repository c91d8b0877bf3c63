// The exported programs in onnxruntime, from what is written into the page.
import * as ort from "onnxruntime-web/wasm";

const SAMPLES = 32; // of the score

function bytes(name) {
  const text = atob(document.getElementById(`data-${name}`).textContent.trim());
  const data = new Uint8Array(text.length);
  for (let i = 0; i < data.length; i++) data[i] = text.charCodeAt(i);
  return data;
}

/** Decompressed bytes, without a Blob, whose stream counts as a request and may be refused. */
async function decompressed(data) {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  writer.write(data);
  writer.close();
  const pieces = [];
  const reader = readable.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value);
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  pieces.reduce((start, piece) => (all.set(piece, start), start + piece.length), 0);
  return all;
}

/** Encoder, decoder and score of the page's model. */
export class Model {
  static async open(schema) {
    ort.env.wasm.wasmBinary = (await decompressed(bytes("runtime"))).buffer;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    const model = new Model();
    model.schema = schema;
    model.sessions = {};
    for (const name of Object.keys(schema.files)) {
      const data = await decompressed(bytes(name));
      model.sessions[name] = await ort.InferenceSession.create(data, { executionProviders: ["wasm"] });
    }
    model.queue = Promise.resolve();
    return model;
  }

  /** Means and deviations of q(z|x) of rows of numbers, row after row. */
  async encode(x, context = null) {
    const results = await this.run("encoder", { x: [x, this.schema.x.shape] }, context);
    return { mean: results.mean.data, deviation: results.deviation.data };
  }

  /** E[x|z] of latent points. */
  async decode(z, context = null) {
    return (await this.run("decoder", { z: [z, [this.schema.latent_dim]] }, context)).x.data;
  }

  /** Estimates of log p(x), nats; null for a model whose score was not exported. */
  async score(x, context = null) {
    if (!("score" in this.sessions)) return null;
    const inputs = { x: [x, this.schema.x.shape] };
    if (this.schema.noise > 0) {
      const rows = x.length / size(this.schema.x.shape);
      inputs.noise = [normal(rows * SAMPLES * this.schema.noise), [SAMPLES, this.schema.noise]];
    }
    return (await this.run("score", inputs, context)).log_prob.data;
  }

  /** Results of one program; one call at a time, as the runtime wants it. */
  run(name, arrays, context) {
    const inputs = { ...arrays };
    if (context !== null && this.schema.context !== null) inputs.context = [context, this.schema.context.shape];
    const feeds = {};
    for (const [input, [data, shape]] of Object.entries(inputs)) {
      const floats = Float32Array.from(data);
      feeds[input] = new ort.Tensor("float32", floats, [floats.length / size(shape), ...shape]);
    }
    const next = this.queue.then(() => this.sessions[name].run(feeds));
    this.queue = next.catch(() => {});
    return next;
  }
}

export function size(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/** Standard normal numbers, the same on every call. */
export function normal(n, seed = 1) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from({ length: n }, () => {
    return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  });
}
