/** What the server finds: users, each with an entitlement and an API key, and listings. */
import { type Auth, authMigrations, createAuth } from "@revops/auth";
import { type Database, migrate, openDatabase } from "@revops/database";
import { createMarketplace, fileArtifactStore, marketplaceMigrations } from "@revops/marketplace";
import { createSaas, saasMigrations } from "@revops/saas";
import { sql } from "drizzle-orm";

export interface Filled {
  /** API keys of as many users. */
  readonly keys: readonly string[];
  readonly listings: readonly string[];
}

const keyCount = 1_000;
const listingCount = 100;
const secret = "a secret for measurements, of 32 bytes";

/** @param users rows of users that there shall be; those without a known key are copies in bulk */
export async function fill(databaseUrl: string, folder: string, users: number): Promise<Filled> {
  const database = openDatabase({ url: databaseUrl });
  await migrate(database, [authMigrations, saasMigrations, marketplaceMigrations]);
  const auth = createAuth({ database, tokens: { secret } });
  try {
    const keys = await addCustomers(database, auth);
    await copyCustomers(database, users - keyCount);
    const listings = await addListings(database, folder);
    // As autovacuum and the server's own upkeep would have done by then.
    await database.rows(sql`analyze`);
    return { keys, listings };
  } finally {
    await auth.stop();
    await database.close();
  }
}

/** Customers of Pro, whose limit is counted exactly and far enough. */
async function addCustomers(database: Database, auth: Auth): Promise<string[]> {
  const saas = createSaas({ database });
  const { id } = await auth.users.register({ email: "ada@example.com", password: "correct horse battery" });
  const made = await database.transaction(async (tx) => {
    const keys: string[] = [];
    for (let n = 0; n < keyCount; n++) {
      const subjectId = `usr_measured${n}`;
      await tx.rows(sql`
        insert into auth_users (id, email, email_verified, name, role, created_at)
        select ${subjectId}, ${`measured${n}@example.com`}, email_verified, name, role, created_at from auth_users where id = ${id}`);
      await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" }, tx);
      keys.push((await auth.apiKeys.create({ subjectId, name: "measured" }, tx)).key);
    }
    return keys;
  });
  // As the server's job would have done by then: it says when something is to be done about them next.
  await saas.cycles.closeDue();
  return made;
}

/** Copies the first customer so many times, in the tables that a request with a key looks into. */
async function copyCustomers(database: Database, count: number): Promise<void> {
  if (count <= 0) return;
  const numbers =
    database.dialect === "sqlite"
      ? sql`(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count}) select n from numbers)`
      : sql`generate_series(1, ${count}) as numbers(n)`;
  const original = "usr_measured0";
  await database.transaction(async (tx) => {
    await tx.rows(sql`
      insert into auth_users (id, email, email_verified, name, role, created_at)
      select 'usr_copy' || n, 'copy' || n || '@example.com', email_verified, name, role, created_at
      from auth_users, ${numbers} where id = ${original}`);
    await tx.rows(sql`
      insert into auth_api_keys (id, subject_id, name, salt, digest, last4, scopes, created_at)
      select 'key_copy' || n, 'usr_copy' || n, name, salt, digest, last4, scopes, created_at
      from auth_api_keys, ${numbers} where subject_id = ${original}`);
    await tx.rows(sql`
      insert into saas_entitlements
        (subject_id, version, tier, status, "interval", anchor, usage_since, since, plan_version, agreement, due_at)
      select 'usr_copy' || n, version, tier, status, "interval", anchor, usage_since, since, plan_version, agreement, due_at
      from saas_entitlements, ${numbers} where subject_id = ${original}`);
    await tx.rows(sql`
      insert into saas_counters (key, subject_id, feature, period_start, used, entries)
      select ${counterKey(database)}, 'usr_copy' || n, 'api_call', ${longAgo(database)}, 0, 0 from ${numbers}`);
  });
}

/** Sixteen bytes at random places, as a hash is. */
const counterKey = ({ dialect }: Database) =>
  dialect === "sqlite" ? sql`randomblob(16)` : sql`decode(md5(n::text), 'hex')`;

const longAgo = ({ dialect }: Database) => (dialect === "sqlite" ? sql`0` : sql`to_timestamp(0)`);

async function addListings(database: Database, folder: string): Promise<string[]> {
  const marketplace = createMarketplace({
    database,
    secret,
    artifacts: fileArtifactStore({ directory: folder }),
    charge: () => Promise.reject(new Error("Nothing is sold here.")),
  });
  const listings: string[] = [];
  for (let n = 0; n < listingCount; n++) {
    const { id } = await marketplace.listings.create({
      publisherId: "usr_publisher",
      publisherName: "Analytical Engines",
      slug: `tar-stream-${n}`,
      name: `tar-stream-${n}`,
      kind: "package",
      summary: "A streaming tar parser and generator that never holds an archive in memory",
      description: "Reads and writes tar archives as streams, entry by entry. ".repeat(6),
      category: "files",
      tags: ["tar", "stream", "archive"],
      price: { amount: 900, currency: "usd" },
    });
    await marketplace.versions.publish({ listingId: id, version: "1.0.0", artifact: Buffer.from(`artifact ${n}`) });
    await marketplace.listings.publish({ listingId: id });
    listings.push(id);
  }
  return listings;
}
