import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/vitest.ts", "src/vitest-setup.ts"],
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
