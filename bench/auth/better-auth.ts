/** Keys with a rate limit that is counted durably before each answer, beside better-auth's, from as many callers. */
import { authMigrations, createAuth } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";
import Sqlite from "better-sqlite3";
import { openBetterAuthKeys } from "./better-auth-keys.ts";
import { compare } from "./compare.ts";

const callers = 256;
const keyCount = 1_000;
const limit = 1_000_000_000;
const daySeconds = 86_400;

export async function measureBetterAuth(paths: { ours: string; theirs: string }, count: number, rounds: number) {
  const ours = await openOurs(paths.ours);
  const theirs = await openTheirs(paths.theirs);
  // Theirs is given a tenth of the work: it would take minutes.
  const some = Math.ceil(count / 10);
  await compare("API keys with a rate limit", rounds, [
    { name: "ours", run: () => verifyAll(ours.verify, ours.keys, count) },
    { name: "better-auth's verifyApiKey", run: () => verifyAll(theirs.verify, theirs.keys, some) },
  ]);
  await ours.close();
  theirs.close();
}

async function verifyAll(verify: (key: string) => Promise<boolean>, keys: readonly string[], count: number) {
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const n of numbers) {
        if (!(await verify(keys[n % keys.length] ?? ""))) throw new Error("A good key was refused.");
      }
    }),
  );
  return count;
}

async function openOurs(path: string) {
  const database = openDatabase({ url: `file:${path}` });
  await migrate(database, [authMigrations]);
  const auth = createAuth({ database, tokens: { secret: "a secret for measurements, of 32 bytes" } });
  const rateLimits = { requests: { limit, windowSeconds: daySeconds } };
  const keys = await database.transaction(async (tx) => {
    const made: string[] = [];
    for (let n = 0; n < keyCount; n++) {
      made.push((await auth.apiKeys.create({ subjectId: `usr_${n}`, name: "measured", rateLimits }, tx)).key);
    }
    return made;
  });
  return {
    keys,
    verify: async (key: string) => (await auth.apiKeys.verify(key)).keyId !== "",
    async close() {
      await auth.stop();
      await database.close();
    },
  };
}

async function openTheirs(path: string) {
  const database = new Sqlite(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  // Fewer keys: each is a commit. What a verification costs does not depend on how many there are.
  return { ...(await openBetterAuthKeys(database, keyCount / 10, { perDay: limit })), close: () => database.close() };
}
