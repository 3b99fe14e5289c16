/** Servers in processes of their own, whose log goes to a file as a server's does. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LoadRequest, LoadResult } from "./load.ts";

export interface StartedServer {
  readonly url: string;
  /** What it printed before it was ready. */
  readonly printed: string;
  /** Seconds of processor that it has used, in user and system mode; NaN where the system does not tell. */
  cpuSeconds(): Promise<number>;
  /** The same of the thread of its event loop alone. */
  loopSeconds(): Promise<number>;
  /** Begins to note where the processor's time goes, if the server was started for it (`profile.ts`). */
  profile(): void;
  stop(): Promise<void>;
}

export interface ServerStart {
  /** Beside this file, unless it begins with `../`. */
  readonly script: string;
  readonly folder: string;
  readonly name: string;
  readonly input?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Further options of Node. */
  readonly options?: readonly string[];
}

const here = (script: string) => fileURLToPath(new URL(script, import.meta.url));

/** Starts a server and waits until it prints where it serves. */
export async function startProcess({
  script,
  folder,
  name,
  input,
  env,
  options = [],
}: ServerStart): Promise<StartedServer> {
  const log = join(folder, `${name}.log`);
  const output = await open(log, "w");
  const args = ["--conditions=source", ...options, here(script), ...(input ? [JSON.stringify(input)] : [])];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"], NODE_ENV: "production", ...env },
    stdio: ["ignore", output.fd, "inherit"],
  });
  await output.close();
  const ended = once(child, "exit");
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${await readFile(log, "utf8")}`);
    const printed = await readFile(log, "utf8");
    const url = /ready\s+(http:\/\/[\d.:]+)/.exec(printed)?.[1];
    if (url !== undefined) {
      return {
        url,
        printed,
        cpuSeconds: () => cpuSecondsOf(`${child.pid}`),
        loopSeconds: () => cpuSecondsOf(`${child.pid}/task/${child.pid}`),
        profile: () => void child.kill("SIGUSR2"),
        async stop() {
          child.kill("SIGTERM");
          await ended;
        },
      };
    }
    await sleep(100);
  }
}

/** Makes load until its time is up. */
export async function load(request: LoadRequest): Promise<LoadResult> {
  const child = spawn(process.execPath, [here("load.ts"), JSON.stringify(request)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text: Buffer) => {
    printed += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`The load ended with ${code}.`);
  return JSON.parse(printed);
}

/** Of a process or a thread, in user and system mode; NaN where the system does not tell. */
async function cpuSecondsOf(task: string): Promise<number> {
  const fields = await statOf(task);
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Of a process with its children, also those that have ended: of PostgreSQL, say. */
export async function cpuSecondsOfFamily(pid: number): Promise<number> {
  const [own, all] = await Promise.all([statOf(String(pid)), readdir("/proc")]);
  const stats = await Promise.all(all.filter((name) => /^\d+$/.test(name)).map((name) => statOf(name)));
  const children = stats.filter((fields) => Number(fields[1]) === pid);
  const ticks = [own, ...children]
    .flatMap((fields) => fields.slice(11, 15))
    .reduce((sum, field) => sum + Number(field), 0);
  return ticks / 100;
}

/** The fields from the third on; the second one, the name, may hold spaces. Times are in hundredths of a second. */
async function statOf(task: string): Promise<string[]> {
  const stat = await readFile(`/proc/${task}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
