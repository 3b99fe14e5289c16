import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    express: "src/express/express.ts",
    // Started as a thread by `passwords/hashing-threads.ts`, beside which it has to lie.
    "argon2-thread": "src/passwords/argon2-thread.ts",
  },
  format: "esm",
  target: "node22",
  sourcemap: true,
  clean: true,
});
