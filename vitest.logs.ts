/**
 * Gathers what the libraries log while tests run, what the processes print that tests start, and every secret that is made
 * meanwhile, for `scripts/check-logs.mjs`, which fails when one is in the other. Does nothing unless `REVOPS_TEST_LOGS` names
 * a folder; `npm test` does.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { silentLogger } from "./packages/core/src/logger.ts";
import { gather } from "./scripts/test-logs/gather.ts";

const folder = process.env["REVOPS_TEST_LOGS"];
if (folder !== undefined) {
  gatherInto(join(folder, randomUUID()));
  gatherFromProcesses();
}

function gatherInto(path: string): void {
  const lines: string[] = [];
  const secrets: string[] = [];
  gather({
    logger: silentLogger,
    line: (line) => void lines.push(line),
    secret: (secret) => void secrets.push(secret),
  });
  const append = (file: string, gathered: string[]) => {
    const text = gathered
      .splice(0)
      .map((each) => `${each}\n`)
      .join("");
    appendFileSync(file, text);
  };
  afterAll(() => {
    append(`${path}.log`, lines);
    append(`${path}.secrets`, secrets);
  });
}

function gatherFromProcesses(): void {
  const preload = `--import ${new URL("./scripts/test-logs/process.mjs", import.meta.url).href}`;
  const options = process.env["NODE_OPTIONS"] ?? "";
  // A worker of vitest may load this more than once.
  if (!options.includes(preload)) process.env["NODE_OPTIONS"] = `${options} ${preload}`.trim();
}
