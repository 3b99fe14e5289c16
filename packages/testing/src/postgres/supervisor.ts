import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Account } from "./account.ts";

/**
 * A shell between us and the server. It owns server and folders, and ends them as soon as its standard input closes:
 * that happens when we ask for it, but also when this process is killed or crashes, where no exit handler would run.
 * Its own process group (`detached`) keeps a terminal's Ctrl-C from reaching the server before its clients are done.
 * SIGQUIT is PostgreSQL's immediate shutdown: there is nothing to save in folders that are about to be removed. It is
 * repeated because a process that has only just started does not listen to it yet.
 */
const SUPERVISE = `
data=$1; programs=$2; postgres=$3; shift 3
exec 3<&0
("$@" >/dev/null && exec "$postgres" -D "$data/cluster") 3<&- </dev/null &
server=$!
(read -r _ <&3; while kill -QUIT "$server"; do sleep 0.1; done) 2>/dev/null &
reader=$!
wait "$server"
kill "$reader" 2>/dev/null
rm -rf "$data" "$programs"
`;

/** Where the server keeps its data, and programs if they had to be moved. */
export interface Folders {
  data: string;
  programs: string;
}

export interface SuperviseOptions {
  /** Both are removed at the end. The cluster is `<data>/cluster`. */
  folders: Folders;
  account: Account | undefined;
  /** The command that makes the cluster, then the server's binary. */
  initdb: string[];
  postgres: string;
}

export interface Supervised {
  /** Resolves when the server answers connections; rejects with its last words if it ends first. */
  ready: Promise<void>;
  /** Ends the server and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

/** Makes a cluster and runs it until `stop()` or the end of this process, whichever comes first. */
export function supervise({ folders, account, initdb, postgres }: SuperviseOptions): Supervised {
  const child = spawn("/bin/sh", ["-c", SUPERVISE, "sh", folders.data, folders.programs, postgres, ...initdb], {
    ...account,
    cwd: folders.data,
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/local/bin:/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  let said = "";

  const ready = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000);
      if (said.includes("database system is ready to accept connections")) resolve();
    });
    exited.then(() => reject(new Error(`PostgreSQL ended:\n${said.trim()}`)), reject);
  }).then(() => {
    // From here on a caller that forgets stop() still ends: nothing here keeps the event loop alive.
    child.unref();
    for (const stream of [child.stdin, child.stderr]) (stream as Socket).unref();
  });

  return {
    ready,
    async stop() {
      child.ref();
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}
