/**
 * Gathers what the libraries log while tests run, and every secret that is made meanwhile, for `scripts/check-logs.mjs`, which
 * fails when one is in the other. Does nothing unless `REVOPS_TEST_LOGS` names a folder; `npm test` does.
 */
import crypto, { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll } from "vitest";
import { type Logger, silentLogger } from "./packages/core/src/logger.ts";

const folder = process.env["REVOPS_TEST_LOGS"];
if (folder !== undefined) gatherInto(join(folder, randomUUID()));

function gatherInto(path: string): void {
  const lines: string[] = [];
  const secrets: string[] = [];

  // Whatever is given no logger logs through this one, and so do the servers of the tests.
  const log = (members: object, message: string) => {
    lines.push(
      `${inspect(members, { depth: 8, breakLength: Number.POSITIVE_INFINITY, maxStringLength: null })} ${message}`,
    );
  };
  const gathering: Logger = { debug: log, info: log, warn: log, error: log };
  Object.assign(silentLogger, gathering);

  // Every token, code and key of ours begins with 32 random bytes or more; shorter ones name leases and the like.
  const { randomBytes } = crypto;
  crypto.randomBytes = ((size: number, ...rest: []) => {
    const bytes = randomBytes(size, ...rest);
    if (size >= 32) secrets.push(bytes.toString("base64url"));
    return bytes;
  }) as typeof randomBytes;
  syncBuiltinESMExports();

  afterAll(() => {
    appendFileSync(
      `${path}.log`,
      lines
        .splice(0)
        .map((line) => `${line.replaceAll("\n", "\\n")}\n`)
        .join(""),
    );
    appendFileSync(
      `${path}.secrets`,
      secrets
        .splice(0)
        .map((secret) => `${secret}\n`)
        .join(""),
    );
  });
}
