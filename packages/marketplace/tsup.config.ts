import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", license: "src/license/license.ts" },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
