/** The account that a local server shows at its start, so that the first request takes no reading. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Auth } from "@revops/auth";
import { isRevopsError, randomToken } from "@revops/core";
import { keptSecret } from "./secrets.ts";

export interface DemoAccount {
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
}

const email = "demo@example.com";

/**
 * Registers the demo user once and keeps its password and key beside the data, readable by the owner only.
 * @returns nothing where the database knows the user, but not with this password: somebody has changed it, or the data folder
 *   is another one than when it was made
 */
export async function demoAccount(auth: Auth, dataDirectory: string): Promise<DemoAccount | undefined> {
  const password = await keptSecret(dataDirectory, "demo-password", () => randomToken(12));
  await auth.users.register({ email, password, name: "Demo" }).catch((error: unknown) => {
    if (!isRevopsError(error, "user_already_exists")) throw error;
  });
  const file = join(dataDirectory, "demo-key");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined && (await works(auth, kept))) return { email, password, apiKey: kept };
  const signedIn = await auth.sessions.login({ email, password }).catch((error: unknown) => {
    if (isRevopsError(error, "invalid_credentials") || isRevopsError(error, "too_many_attempts")) return undefined;
    throw error;
  });
  if (!signedIn) return undefined;
  const { key } = await auth.apiKeys.create({ subjectId: signedIn.user.id, name: "demo" });
  await mkdir(dataDirectory, { recursive: true });
  // Written aside and renamed: a start that is killed here leaves no half a key.
  await writeFile(`${file}.new`, key, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return { email, password, apiKey: key };
}

/** Someone may have revoked the key, or begun a new database. */
async function works(auth: Auth, key: string): Promise<boolean> {
  return auth.apiKeys.verify(key).then(
    () => true,
    () => false,
  );
}
