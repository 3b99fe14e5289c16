/** The threads in which passwords are hashed: as many as are needed at once, kept for the next time. */
import { Worker } from "node:worker_threads";
import { hash, verify } from "@node-rs/argon2";
import type { HashingAnswer, HashingRequest } from "./argon2-thread.ts";

/** As TypeScript in the workspace, as JavaScript in the package. */
const script = new URL(import.meta.url.endsWith(".ts") ? "./argon2-thread.ts" : "./argon2-thread.js", import.meta.url);

// Of the process, as its processors are: a thread takes 50 ms to start and 10 MB. They end with it, and keep nothing alive.
const idle: Worker[] = [];

/** False once one has ended by itself: the script is not where it belongs, say, in a program that was bundled into one file. */
let possible = true;

/** Does the work in a thread that has nothing else to do. */
export function inThread(request: HashingRequest): Promise<string | boolean> {
  if (!possible) return onLibuv(request);
  const thread = idle.pop() ?? new Worker(script);
  thread.ref();
  return new Promise((resolve, reject) => {
    const leave = () => {
      thread.off("message", done).off("error", fail);
      thread.unref();
    };
    const done = (answer: HashingAnswer) => {
      leave();
      idle.push(thread);
      if ("error" in answer) reject(answer.error);
      else resolve(answer.result);
    };
    const fail = () => {
      leave();
      possible = false;
      resolve(onLibuv(request));
    };
    thread.on("message", done).on("error", fail);
    thread.postMessage(request);
  });
}

/** The same in one of the four threads that serve files and name look-ups too. */
function onLibuv(request: HashingRequest): Promise<string | boolean> {
  return "stored" in request ? verify(request.stored, request.password) : hash(request.password, request.parameters);
}
