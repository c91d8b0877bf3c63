// Puts the runtime's WebAssembly, the smallest of its builds (CPU only), beside the page's script, compressed.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const wasm = readFileSync("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm");
writeFileSync("../src/elbax/export/assets/runtime.wasm.gz", gzipSync(wasm, { level: 9 }));
