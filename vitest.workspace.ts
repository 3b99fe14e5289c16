import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** `source` runs the workspace from `src`: no build before a test, and coverage in the lines that people read. */
const conditions = ["source"];
const root = import.meta.dirname;
const folders = ["packages", "apps"].flatMap((group) =>
  readdirSync(`${root}/${group}`).map((name) => ({ name, path: `${root}/${group}/${name}` })),
);

export default defineConfig({
  test: {
    // Vitest leaves one processor free, which on two means one file at a time; ours mostly wait for databases and processes.
    maxWorkers: availableParallelism(),
    // A process for each file would import everything anew: a third of the time. No test replaces a module or leaves a global changed.
    isolate: false,
    globalSetup: ["./packages/testing/src/vitest-setup.ts", "./scripts/stripe-schemas/vitest-setup.mjs"],
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], exclude: ["**/*.test.ts"] },
    projects: [
      ...folders.map(({ name, path }) => ({
        extends: true as const,
        root: path,
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name,
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          setupFiles: [`${root}/vitest.logs.ts`],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      })),
      { extends: true, test: { name: "scripts", include: ["scripts/*.test.mjs"] } },
    ],
  },
});
