/** API keys beside what has to be done at the very least: one SHA-256, and one point select or one look into a cache. */
import { hash } from "node:crypto";
import { type Auth, authMigrations, createAuth } from "@revops/auth";
import { migrate, openDatabase, type Tx } from "@revops/database";
import Sqlite from "better-sqlite3";
import { LRUCache } from "lru-cache";
import { compare } from "./compare.ts";

const secret = "a secret for measurements, of 32 bytes";

export async function measureKeys(path: string, count: number, rounds: number): Promise<void> {
  const database = openDatabase({ url: `file:${path}` });
  await migrate(database, [authMigrations]);
  const open = () => createAuth({ database, tokens: { secret } });
  const keys = await database.transaction((tx) => makeKeys(open(), count, tx));
  const raw = openRaw(path, keys);

  // A new instance has an empty cache; making it is no part of the work.
  const instances = Array.from({ length: rounds + 1 }, open);
  await compare("API keys, cold", rounds, [
    { name: "ours", run: (round) => verifyAll(at(instances, round).apiKeys.verify, keys) },
    { name: "raw SHA-256 + point select (better-sqlite3)", run: () => verifyAll(raw.cold, keys) },
  ]);

  const auth = open();
  const cached = keys.slice(0, 1_000);
  const repeated = Array.from({ length: count * 5 }, (_, n) => cached[n % cached.length] ?? "");
  await verifyAll(auth.apiKeys.verify, cached);
  await compare("API keys, cached", rounds, [
    { name: "ours", run: () => verifyAll(auth.apiKeys.verify, repeated) },
    { name: "raw SHA-256 + lru-cache", run: () => verifyAll(raw.cached, repeated) },
  ]);
  raw.close();
  await auth.stop();
  await database.close();
}

function at<Item>(items: readonly Item[], n: number): Item {
  const item = items[n];
  if (item === undefined) throw new RangeError(`There is no item ${n}.`);
  return item;
}

async function makeKeys(auth: Auth, count: number, tx: Tx): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < count; n++) {
    const subjectId = `usr_${n}`;
    const { key } = await auth.apiKeys.create({ subjectId, name: "measured", scopes: ["billing:read"] }, tx);
    keys.push(key);
  }
  return keys;
}

/** One after the other, each awaited, as a request waits for its answer: raw ones too. */
async function verifyAll(verify: (key: string) => Promise<unknown>, keys: readonly string[]): Promise<number> {
  for (const key of keys) {
    if (!(await verify(key))) throw new Error("A good key was refused.");
  }
  return keys.length;
}

function openRaw(path: string, keys: readonly string[]) {
  const connection = new Sqlite(path);
  connection.exec("create table raw_keys (hash text primary key, subject text not null, scopes text not null) strict");
  const insert = connection.prepare("insert into raw_keys values (?, ?, ?)");
  const lru = new LRUCache<string, object>({ max: 50_000 });
  connection.transaction(() => {
    for (const [n, key] of keys.entries()) {
      insert.run(hash("sha256", key), `usr_${n}`, '["billing:read"]');
      lru.set(hash("sha256", key), { subject: `usr_${n}` });
    }
  })();
  const select = connection.prepare<[string]>("select hash, subject, scopes from raw_keys where hash = ?");
  return {
    cold: async (key: string) => select.get(hash("sha256", key)),
    cached: async (key: string) => lru.get(hash("sha256", key)),
    close: () => connection.close(),
  };
}
