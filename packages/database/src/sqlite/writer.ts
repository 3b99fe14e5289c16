/**
 * A thread that writes to a file of SQLite. To write pages and to wait until the disk has them takes the time of a request or
 * more, during which the event loop would stand still.
 */
import { once } from "node:events";
import { resolve as absolute } from "node:path";
import { Worker } from "node:worker_threads";
import type { WriteStep } from "../database.ts";
import { databaseErrors } from "../errors.ts";
import { type Shape, toSqliteValue } from "./statements.ts";
import { toSent } from "./write-values.ts";
import { closing, type WriterAnswer, type WriterRequest } from "./writer-messages.ts";

/** As TypeScript in the workspace, as JavaScript in the package. */
const script = new URL(import.meta.url.endsWith(".ts") ? "./writer-thread.ts" : "./writer-thread.js", import.meta.url);

export interface Writer {
  /** Whether it has started; it does when this is asked for the first time. */
  isUp(): boolean;
  /** Resolves once it has started, with true, or with false where it cannot. */
  started(): Promise<boolean>;
  /** Writes steps, one caller at a time; null, with nothing written, where one of them did not apply. */
  write(steps: readonly WriteStep[]): Promise<unknown[][] | null>;
  /** Runs one statement, after those that were asked for before; `begin immediate`, `commit` and `rollback` are statements too. */
  run(sql: string, parameters: readonly unknown[], shape: Shape): Promise<unknown[]>;
  close(): Promise<void>;
}

/** It takes 50 ms to start, and some memory, which processes that write little need not spend. */
export function createWriter(path: string): Writer {
  let thread: Worker | undefined;
  let isUp = false;
  let isClosing = false;
  /** Until it is known whether it starts. */
  const begun = Promise.withResolvers<void>();
  /** For each request that is under way, in their order. */
  const waiting: PromiseWithResolvers<WriterAnswer>[] = [];

  function start(): Worker {
    // With streams of its own, which it never uses: else this process's own output would become one that may refuse a write.
    const started = new Worker(script, { workerData: absolute(path), stdout: true, stderr: true });
    // It keeps nothing alive but what waits for it.
    started.unref();
    started.on("message", hear);
    // Such as where a program was bundled into one file, and the script is not where it belongs: there is no thread then.
    started.on("error", end).on("exit", () => end(new Error("The thread that writes has ended.")));
    return started;
  }

  function hear(answer: WriterAnswer): void {
    isUp = true;
    begun.resolve();
    const answered = waiting.shift();
    if (waiting.length === 0 && !isClosing) thread?.unref();
    if ("failed" in answer) answered?.reject(errorOf(answer.failed));
    else answered?.resolve(answer);
  }

  function end(error: Error): void {
    isUp = false;
    begun.resolve();
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  function ask(request: WriterRequest): Promise<WriterAnswer> {
    if (!thread || !isUp) throw new Error("The thread that writes has not started.");
    const answer = Promise.withResolvers<WriterAnswer>();
    waiting.push(answer);
    thread.ref();
    thread.postMessage(request);
    return answer.promise;
  }

  return {
    isUp() {
      thread ??= start();
      return isUp;
    },
    async started() {
      thread ??= start();
      if (!isUp) thread.ref();
      await begun.promise;
      return isUp;
    },
    async write(steps) {
      const answer = await ask(steps.map(toSent));
      return "rows" in answer ? answer.rows : null;
    },
    async run(sql, parameters, shape) {
      const answer = await ask({ sql, parameters: parameters.map(toSqliteValue), shape });
      return "found" in answer ? answer.found.map(withBuffers) : [];
    },
    async close() {
      if (thread === undefined || thread.threadId === -1) return;
      isClosing = true;
      thread.ref();
      const ended = once(thread, "exit");
      thread.postMessage(closing);
      await ended;
    },
  };
}

/** Bytes come out of a thread as what a Buffer is made of. */
function withBuffers(row: unknown): unknown {
  if (Array.isArray(row)) return row.map(asBuffer);
  return Object.fromEntries(Object.entries(row as object).map(([name, value]) => [name, asBuffer(value)]));
}

const asBuffer = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;

function errorOf({ message, code }: { readonly message: string; readonly code: string }): Error {
  if (code === "database_busy") return databaseErrors.database_busy({ detail: message });
  return Object.assign(new Error(message), { code });
}
