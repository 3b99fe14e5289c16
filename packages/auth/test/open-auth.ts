import { createFacts } from "@revops/core";
import { type Database, openDatabase, type Tx } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { type TestClock, testClock } from "@revops/testing";
import type { OpenDatabase } from "@revops/testing/vitest";
import { onTestFinished } from "vitest";
import { type Auth, type AuthFacts, type AuthOptions, authMigrations, createAuth } from "../src/index.ts";
import { secret } from "./secret.ts";

export { secret };
export const password = "correct horse battery";

export interface OpenedAuth {
  url: string;
  auth: Auth;
  database: Database;
  clock: TestClock;
  facts: ReturnType<typeof createFacts<AuthFacts, Tx>>;
  /** Another process, as far as anything but the operating system is concerned: a connection and caches of its own. */
  another(options?: Partial<AuthOptions>): Auth;
}

/** Auth on a fresh database, closed when the test is finished; `atEnd` says otherwise, for hooks that are in no test. */
export async function openAuth(
  open: OpenDatabase,
  options: Partial<AuthOptions> = {},
  atEnd: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<OpenedAuth> {
  const { url } = await open(migrated([authMigrations]));
  const clock = testClock("2026-03-01T12:00:00.250Z");
  const facts = createFacts<AuthFacts, Tx>();
  const connect = () => {
    const database = openDatabase({ url, maxConnections: 4 });
    atEnd(() => database.close());
    return database;
  };
  const database = connect();
  const create = (database: Database, more: Partial<AuthOptions> = {}) => {
    const auth = createAuth({ database, clock, facts, tokens: { secret }, ...options, ...more });
    atEnd(() => auth.stop());
    return auth;
  };
  return { url, auth: create(database), database, clock, facts, another: (more) => create(connect(), more) };
}

/** A user that needs no password of its own. */
export function register(auth: Auth, email = "ada@example.com") {
  return auth.users.register({ email, password, name: "Ada" });
}

/** Waits (in real time, at most a second: the promise to other instances) until a check no longer throws. */
export async function withinASecond(check: () => Promise<void>): Promise<void> {
  const end = performance.now() + 1_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
}
