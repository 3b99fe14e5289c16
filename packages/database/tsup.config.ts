import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    testing: "src/testing.ts",
    // Started as a thread by `sqlite/writer.ts`, beside which it has to lie.
    "writer-thread": "src/sqlite/writer-thread.ts",
  },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
