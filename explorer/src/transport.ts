/** How requests reach Python: over HTTP, or as messages of a notebook widget. */

export type Buffer = Float32Array | Uint8Array | Int32Array;
export type Transport = <T>(name: string, request?: object) => Promise<T>;

/** What anywidget gives `render`. */
export interface WidgetModel {
  send(content: unknown): void;
  on(event: string, callback: (content: any, buffers: DataView[]) => void): void;
  off(event: string, callback: (content: any, buffers: DataView[]) => void): void;
}

interface ArrayRecord {
  buffer: number;
  dtype: string;
  shape: number[];
}

/** An array of a reply: its numbers and its shape. */
export interface Tensor {
  data: Buffer;
  shape: number[];
}

const TYPES: Record<string, { new (buffer: ArrayBuffer): Buffer; BYTES_PER_ELEMENT: number }> = {
  float32: Float32Array,
  uint8: Uint8Array,
  int32: Int32Array,
};

function isRecord(value: object): value is ArrayRecord {
  return "buffer" in value && "dtype" in value && "shape" in value;
}

/** Put arrays back where a reply has records of them. */
function join(value: any, take: (record: ArrayRecord) => Buffer): any {
  if (Array.isArray(value)) return value.map((entry) => join(entry, take));
  if (value === null || typeof value !== "object") return value;
  if (isRecord(value)) return { data: take(value), shape: value.shape } satisfies Tensor;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, join(entry, take)]));
}

function bytesOf(record: ArrayRecord): number {
  return record.shape.reduce((a, b) => a * b, 1) * TYPES[record.dtype]!.BYTES_PER_ELEMENT;
}

/** Read a frame: the length of the JSON, the JSON, and arrays that begin at multiples of eight bytes. */
function unframe(frame: ArrayBuffer): unknown {
  const length = new DataView(frame).getUint32(0, true);
  const plain = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, length)));
  let offset = 4 + length;
  const align = () => (offset += (8 - (offset % 8)) % 8);
  return join(plain, (record) => {
    align();
    const end = offset + bytesOf(record);
    const data = new TYPES[record.dtype]!(frame.slice(offset, end));
    offset = end;
    return data;
  });
}

/** Requests to the server that the page came from; a token is taken from the address. */
export function overHttp(): Transport {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers["authorization"] = `Bearer ${token}`;
  return async (name, request = {}) => {
    const answer = await fetch(`api/${name}`, { method: "POST", headers, body: JSON.stringify(request) });
    if (answer.ok) return unframe(await answer.arrayBuffer()) as any;
    const text = await answer.text();
    let reason = text;
    try {
      reason = JSON.parse(text).detail ?? text;
    } catch {
      // the reason is plain text
    }
    throw new Error(reason);
  };
}

/** Requests as messages of a widget. */
export function overWidget(model: WidgetModel): { transport: Transport; close: () => void } {
  const waiting = new Map<number, { resolve: (reply: any) => void; reject: (error: Error) => void }>();
  let last = 0;
  const receive = (content: any, buffers: DataView[]) => {
    const pending = waiting.get(content.id);
    if (!pending) return;
    waiting.delete(content.id);
    if (content.error) return pending.reject(new Error(content.error));
    const take = (record: ArrayRecord) => {
      const view = buffers[record.buffer]!;
      const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
      return new TYPES[record.dtype]!(bytes);
    };
    pending.resolve(join(content.reply, take));
  };
  model.on("msg:custom", receive);
  return {
    transport: (name, request = {}) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        model.send({ id: last, name, request });
      }),
    close: () => model.off("msg:custom", receive),
  };
}

/** Calls one at a time, and of those that wait only the latest: for what follows the pointer. */
export class Latest<A extends unknown[]> {
  private busy = false;
  private next: A | null = null;

  constructor(
    private readonly work: (...args: A) => Promise<void>,
    private readonly failed: (error: Error) => void,
  ) {}

  call(...args: A): void {
    this.next = args;
    if (!this.busy) void this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.next) {
      const args = this.next;
      this.next = null;
      try {
        await this.work(...args);
      } catch (error) {
        this.failed(error as Error);
      }
    }
    this.busy = false;
  }
}
