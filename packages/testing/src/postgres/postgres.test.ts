import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { locateBinaries, usableBinaries } from "./binaries.ts";
import { startPostgres } from "./postgres.ts";

test("servers of concurrent runs do not get in each other's way, and leave nothing", async () => {
  const servers = await Promise.all([startPostgres(), startPostgres()]);
  for (const { adminUrl } of servers) {
    expect(await query(adminUrl, "show server_version")).toMatch(/^18\./);
  }
  const folders = await Promise.all(servers.map(({ adminUrl }) => query(adminUrl, "show data_directory")));
  await Promise.all(servers.map(({ stop }) => stop()));
  await servers[0]?.stop();
  for (const folder of folders) await expect(readdir(dirname(folder))).rejects.toThrow(/ENOENT/);
});

test("a run that is killed leaves neither a server nor its data", async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, "postgres.ts"))};
    console.log((await startPostgres()).adminUrl);
    setInterval(() => {}, 1000);`;
  const run = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [adminUrl] = await once(run.stdout.setEncoding("utf8"), "data");
  const data = dirname(await query(String(adminUrl).trim(), "show data_directory"));
  run.kill("SIGKILL");
  await expect.poll(() => answers(Number(new URL(adminUrl).port)), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => readdir(data).catch(({ code }) => code), { timeout: 10_000 }).toBe("ENOENT");
});

test("programs in a folder that the server's user may not enter are moved to one it may", async () => {
  const hidden = await mkdtemp(join(tmpdir(), "revops-hidden-"));
  onTestFinished(() => rm(hidden, { recursive: true, force: true }));
  const folder = join(hidden, "native");
  await mkdir(join(folder, "bin"), { recursive: true });
  await mkdir(join(folder, "lib"));
  await writeFile(join(folder, "lib", "libpq.so.5.18"), "library");
  await writeFile(
    join(folder, "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so" }]),
  );
  const found = { folder, initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") };
  await Promise.all([writeFile(found.initdb, ""), writeFile(found.postgres, "")]);

  const target = join(hidden, "open");
  const usable = await usableBinaries(found, { target, otherUser: true });
  expect(usable).toEqual({
    folder: target,
    initdb: join(target, "bin", "initdb"),
    postgres: join(target, "bin", "postgres"),
  });
  expect(await readdir(join(target, "lib"))).toEqual(["libpq.so", "libpq.so.5.18"]);
});

test("programs that work where they are stay there", async () => {
  const found = locateBinaries();
  expect(await usableBinaries(found, { target: join(tmpdir(), "revops-unused"), otherUser: false })).toBe(found);
});

async function query(url: string, statement: string): Promise<string> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<[string]>({ text: statement, rowMode: "array" }).finally(() => client.end());
  return String(rows[0]?.[0]);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
