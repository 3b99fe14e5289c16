// Runs a program in the foreground as npm's child: one signal reaches it once, and it never outlives us.
import { spawn } from "node:child_process";

/** A Ctrl-C that comes later than this is a second one, not the echo of the first: npm passes on what the terminal sent. */
const ECHO_MS = 1_000;
const ORPHAN_CHECK_MS = 500;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * @param {string} node
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code to end with
 */
export function serve(node, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const lifeline = new URL("lifeline.mjs", import.meta.url).href;
    // A process group of its own: a terminal sends Ctrl-C to the whole group, and the server would get it twice.
    const child = spawn(node, ["--import", lifeline, ...args], {
      cwd,
      env,
      detached: process.platform !== "win32",
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });

    let asked;
    const pass = (signal) => {
      const now = performance.now();
      if (asked === undefined) {
        asked = now;
        child.kill(signal);
      } else if (now - asked > ECHO_MS) {
        child.kill("SIGKILL");
      }
    };
    for (const signal of SIGNALS) process.on(signal, pass);

    // npm killed outright cannot pass anything on; its child then belongs to somebody else.
    const parent = process.ppid;
    const orphaned = () => process.ppid !== parent && pass("SIGTERM");
    const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, ORPHAN_CHECK_MS) : undefined;

    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      for (const each of SIGNALS) process.off(each, pass);
      if (asked !== undefined && (code === 0 || signal !== null)) resolve(0);
      else resolve(code ?? 1);
    });
  });
}
