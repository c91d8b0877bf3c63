import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: process.env.OUT ?? "../src/elbax/explorer/static",
    emptyOutDir: true,
    lib: { entry: "src/explorer.ts", formats: ["es"], fileName: () => "explorer.js", cssFileName: "explorer" },
    target: "es2022",
    minify: true,
  },
});
