// Loaded into every process that a test starts (NODE_OPTIONS=--import …, set by vitest.logs.ts): writes down what it prints on
// standard output and standard error, what its libraries log, and the secrets that it makes.
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";

const folder = process.env.REVOPS_TEST_LOGS;
// A Node that reads no TypeScript, such as the system's, runs nothing of ours.
if (folder && process.features.typescript) {
  const { gather } = await import("./gather.ts");
  const { silentLogger } = await import("../../packages/core/src/logger.ts");
  const path = join(folder, `process-${randomUUID()}`);
  gatherPrinted(path);
  const [log, secrets] = [appendTo(`${path}.log`), appendTo(`${path}.secrets`)];
  gather({ logger: silentLogger, line: (line) => log(`${line}\n`), secret: (secret) => secrets(`${secret}\n`) });
}

/** @param {string} path */
function gatherPrinted(path) {
  // A logger writes to the descriptor, `console` to the stream, and Node by itself why it ended.
  const printed = new Map([1, 2].map((descriptor) => [descriptor, appendTo(`${path}.${descriptor}.log`)]));
  for (const name of ["write", "writeSync"]) {
    const original = fs[name];
    const seen = (descriptor, text, ...rest) => {
      printed.get(descriptor)?.(text);
      return original(descriptor, text, ...rest);
    };
    // With what `util.promisify` reads of it.
    fs[name] = Object.defineProperties(seen, Object.getOwnPropertyDescriptors(original));
  }
  syncBuiltinESMExports();
  const watch = (descriptor) => (stream) => {
    const original = stream.write;
    stream.write = function (text, ...rest) {
      printed.get(descriptor)?.(text);
      return original.call(this, text, ...rest);
    };
  };
  whenAsked("stdout", watch(1));
  whenAsked("stderr", watch(2));
  process.on("uncaughtExceptionMonitor", (error) => printed.get(2)?.(`${inspect(error)}\n`));
}

/** Not before: Node makes a pipe non-blocking when it opens it as a stream, which who writes to the descriptor does not expect. */
function whenAsked(name, prepare) {
  const { get, ...property } = Object.getOwnPropertyDescriptor(process, name);
  let prepared = false;
  Object.defineProperty(process, name, {
    ...property,
    get() {
      const stream = get.call(process);
      if (!prepared) prepare(stream);
      prepared = true;
      return stream;
    },
  });
}

/** At once and synchronously: tests kill processes. */
function appendTo(file) {
  const { openSync, writeSync } = fs;
  let open;
  return (text) => {
    open ??= openSync(file, "a");
    writeSync(open, text);
  };
}
