/**
 * A thread that hashes passwords, one at a time. Not libuv's: there four threads are shared with files and name look-ups,
 * and are as important to the operating system as the event loop, which then waits for a processor.
 */
import { getPriority, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { hashSync, type Options, verifySync } from "@node-rs/argon2";

export type HashingRequest =
  | { readonly password: string; readonly parameters: Options }
  | { readonly password: string; readonly stored: string };

/** What the work came to, or what it threw. */
export type HashingAnswer = { readonly result: string | boolean } | { readonly error: unknown };

// On Linux a thread has a priority of its own; elsewhere it would be that of the whole process. What a process that is nicer
// already has is kept: going back needs a privilege, and without it the thread would end here.
if (process.platform === "linux") setPriority(Math.max(5, getPriority()));

parentPort?.on("message", (request: HashingRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer(request: HashingRequest): HashingAnswer {
  try {
    const { password } = request;
    return {
      result: "stored" in request ? verifySync(request.stored, password) : hashSync(password, request.parameters),
    };
  } catch (error) {
    return { error };
  }
}
