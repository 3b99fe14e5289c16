/** Hands on what the libraries log in this process, and every secret that is made in it meanwhile. */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { inspect } from "node:util";
import type { Logger } from "../../packages/core/src/logger.ts";

interface Gathering {
  readonly line: (line: string) => void;
  readonly secret: (secret: string) => void;
}

/** Whom it is handed to: the last who asked. */
let present: Gathering | null = null;

export function gather({
  logger,
  ...gathering
}: Gathering & {
  /** Whatever is given no logger logs through this one, and so do the servers of the tests. */
  readonly logger: Logger;
}): void {
  const log = (members: object, message: string) => {
    const shown = inspect(members, { depth: 8, breakLength: Number.POSITIVE_INFINITY, maxStringLength: null });
    present?.line(`${shown} ${message}`.replaceAll("\n", "\\n"));
  };
  Object.assign(logger, { debug: log, info: log, warn: log, error: log });
  // A worker of vitest asks once for each of its files.
  if (present === null) overhearSecrets();
  present = gathering;
}

/** Every token, code and key of ours begins with 32 random bytes or more; shorter ones name leases and the like. */
function overhearSecrets(): void {
  const { randomBytes } = crypto;
  crypto.randomBytes = ((size: number, ...rest: []) => {
    const bytes = randomBytes(size, ...rest);
    if (size >= 32) present?.secret(bytes.toString("base64url"));
    return bytes;
  }) as typeof randomBytes;
  syncBuiltinESMExports();
}
