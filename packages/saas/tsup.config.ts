import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", bin: "src/bin.ts", express: "src/express/express.ts" },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
