/**
 * A thread that writes to a file of SQLite. To write pages and to wait until the disk has them takes the time of a request or
 * more, during which the event loop would stand still.
 */
import { once } from "node:events";
import { resolve as absolute } from "node:path";
import { Worker } from "node:worker_threads";
import type { WriteStep } from "../database.ts";
import { databaseErrors } from "../errors.ts";
import { closing, type WriterAnswer } from "./writer-messages.ts";

/** As TypeScript in the workspace, as JavaScript in the package. */
const script = new URL(import.meta.url.endsWith(".ts") ? "./writer-thread.ts" : "./writer-thread.js", import.meta.url);

export interface Writer {
  /** Whether it has started; it does when this is asked for the first time. */
  isUp(): boolean;
  /** Writes steps, one caller at a time; null, with nothing written, where one of them did not apply. */
  write(steps: readonly WriteStep[]): Promise<unknown[][] | null>;
  close(): Promise<void>;
}

/** It takes 50 ms to start, and some memory, which processes that write little need not spend. */
export function createWriter(path: string): Writer {
  let thread: Worker | undefined;
  let isUp = false;
  let isClosing = false;
  /** Of the write that is under way. */
  let waiting: PromiseWithResolvers<unknown[][] | null> | undefined;

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
    const answered = waiting;
    waiting = undefined;
    if (!isClosing) thread?.unref();
    if ("rows" in answer) answered?.resolve(answer.rows);
    else answered?.reject(errorOf(answer.failed));
  }

  function end(error: Error): void {
    isUp = false;
    waiting?.reject(error);
    waiting = undefined;
  }

  return {
    isUp() {
      thread ??= start();
      return isUp;
    },
    async write(steps) {
      if (!thread || !isUp) throw new Error("The thread that writes has not started.");
      waiting = Promise.withResolvers();
      thread.ref();
      thread.postMessage(steps);
      return waiting.promise;
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

function errorOf({ message, code }: { readonly message: string; readonly code: string }): Error {
  if (code === "database_busy") return databaseErrors.database_busy({ detail: message });
  return Object.assign(new Error(message), { code });
}
