/** Whether log-ins hold up everything else: a bare page of the same process while 500 passwords are checked. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { authMigrations, createAuth } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";

const logins = 500;
const idleMs = 3_000;

export async function measureLogins(path: string): Promise<void> {
  const database = openDatabase({ url: `file:${path}` });
  await migrate(database, [authMigrations]);
  const auth = createAuth({ database, tokens: { secret: "a secret for measurements, of 32 bytes" } });
  const credentials = { email: "ada@example.com", password: "correct horse battery" };
  await auth.users.register(credentials);
  const server = createServer((_request, response) => void response.end("ok")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;

  // Asked from a thread of its own, or it would be the asking that waits.
  const asker = new Worker(new URL("./asker.ts", import.meta.url), { workerData: url });
  await once(asker, "online");
  const p99 = async (work: () => Promise<unknown>) => {
    asker.postMessage("begin");
    await work();
    asker.postMessage("end");
    const [milliseconds] = await once(asker, "message");
    return Number(milliseconds);
  };
  await p99(() => sleep(1_000));
  const idle = await p99(() => sleep(idleMs));
  const started = performance.now();
  const busy = await p99(() => Promise.all(Array.from({ length: logins }, () => auth.sessions.login(credentials))));
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${logins} log-ins at once, ${seconds} s`);
  const ratio = (busy / idle).toFixed(1);
  console.log(`  p99 of a page: idle ${idle.toFixed(2)} ms, meanwhile ${busy.toFixed(2)} ms  ${ratio} ×`);
  await asker.terminate();
  server.closeAllConnections();
  server.close();
  await auth.stop();
  await database.close();
}
