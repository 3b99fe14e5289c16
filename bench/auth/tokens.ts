/** Access tokens beside the libraries that only check a signature and a time. */
import { createSecretKey } from "node:crypto";
import { authMigrations, createAuth } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";
import { createVerifier } from "fast-jwt";
import jsonwebtoken from "jsonwebtoken";
import { compare } from "./compare.ts";

const secret = "a secret for measurements, of 32 bytes";

export async function measureTokens(count: number, rounds: number): Promise<void> {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [authMigrations]);
  const open = () => createAuth({ database, tokens: { secret } });
  const auth = open();
  const user = await auth.users.register({ email: "ada@example.com", password: "correct horse battery" });
  const tokens: string[] = [];
  for (let n = 0; n < count; n++) tokens.push((await auth.tokens.issue({ user, sessionId: "ses_1" })).token);

  const key = createSecretKey(Buffer.from(secret));
  const options = { algorithms: ["HS256" as const], issuer: "revops", audience: "revops" };
  const instances = Array.from({ length: rounds + 1 }, open);
  await compare("tokens, cold", rounds, [
    { name: "ours", run: (round) => verifyAll((instances[round] ?? auth).tokens.verify, tokens) },
    {
      name: "jsonwebtoken with a KeyObject",
      run: () => verifyAll(async (token) => jsonwebtoken.verify(token, key, options), tokens),
    },
  ]);

  const cached = tokens.slice(0, 1_000);
  const repeated = Array.from({ length: count * 10 }, (_, n) => cached[n % cached.length] ?? "");
  const fast = createVerifier({
    key: secret,
    cache: 10_000,
    algorithms: ["HS256"],
    allowedIss: "revops",
    allowedAud: "revops",
  });
  await compare("tokens, cached", rounds, [
    { name: "ours", run: () => verifyAll(auth.tokens.verify, repeated) },
    { name: "fast-jwt with its cache", run: () => verifyAll(async (token) => fast(token), repeated) },
  ]);
  await auth.stop();
  await database.close();
}

async function verifyAll(verify: (token: string) => Promise<unknown>, tokens: readonly string[]): Promise<number> {
  for (const token of tokens) {
    if (!(await verify(token))) throw new Error("A good token was refused.");
  }
  return tokens.length;
}
