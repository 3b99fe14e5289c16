import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { forEachDatabase } from "@revops/testing/vitest";
import { eq, sql } from "drizzle-orm";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import {
  constraintViolation,
  type Database,
  defineTables,
  enlistPostgres,
  type MigrationSet,
  migrate,
  openDatabase,
  prepared,
} from "./index.ts";

const notesTables = defineTables((c) => ({
  notes: c.table("test_notes", {
    id: c.text().primaryKey(),
    label: c.text().notNull().unique(),
    done: c.flag().notNull(),
    amount: c.bigint().notNull(),
    writtenAt: c.time().notNull(),
    tags: c.json<string[]>().notNull(),
    raw: c.bytes(),
  }),
}));

const sqliteSql = `CREATE TABLE "test_notes" ("id" text PRIMARY KEY NOT NULL, "label" text NOT NULL, "done" integer NOT NULL,
  "amount" integer NOT NULL, "written_at" integer NOT NULL, "tags" text NOT NULL, "raw" blob) STRICT;
  CREATE UNIQUE INDEX "test_notes_label_unique" ON "test_notes" ("label");`;
const postgresSql = `CREATE TABLE "test_notes" ("id" text PRIMARY KEY NOT NULL, "label" text NOT NULL, "done" boolean NOT NULL,
  "amount" bigint NOT NULL, "written_at" timestamp (3) with time zone NOT NULL, "tags" jsonb NOT NULL, "raw" bytea,
  CONSTRAINT "test_notes_label_unique" UNIQUE ("label"));`;

async function migrationFolder(...more: { name: string; sql: string }[]): Promise<MigrationSet> {
  const folder = await mkdtemp(join(tmpdir(), "revops-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [dialect, first] of [
    ["sqlite", sqliteSql],
    ["postgres", postgresSql],
  ] as const) {
    await mkdir(join(folder, dialect));
    for (const { name, sql } of [{ name: "0001_init.sql", sql: first }, ...more]) {
      await writeFile(join(folder, dialect, name), sql);
    }
  }
  return { name: "test", directory: pathToFileURL(`${folder}/`) };
}

const note = (id: string, label = id) => ({
  id,
  label,
  done: true,
  amount: Number.MAX_SAFE_INTEGER,
  writtenAt: new Date("2024-02-29T23:59:59.999Z"),
  tags: ["ä", "🙂"],
  raw: Buffer.from([0, 255]),
});

forEachDatabase("database", (open, dialect) => {
  async function openEmpty(): Promise<{ url: string; database: Database }> {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    return { url, database };
  }

  async function setUp() {
    const opened = await openEmpty();
    await migrate(opened.database, [await migrationFolder()]);
    return { ...opened, notes: notesTables(opened.database.dialect).notes };
  }

  test("every column type comes back as it went in", async () => {
    const { database, notes } = await setUp();
    await database.db.insert(notes).values([note("a"), { ...note("b"), raw: null, done: false }]);
    expect(await database.db.select().from(notes).orderBy(notes.id)).toEqual([
      note("a"),
      { ...note("b"), raw: null, done: false },
    ]);
  });

  test.for(["nul \u0000", "\ud800 lone", "lone \udfff"])(
    "%j is no text: it is refused before the transaction is any worse for it",
    async (odd) => {
      const { database, notes } = await setUp();
      const refused = { code: "unstorable_text" };
      const find = prepared("test_find_odd", (db) =>
        db
          .select()
          .from(notes)
          .where(eq(notes.id, sql.placeholder("id"))),
      );
      await database.transaction(async (tx) => {
        const ways: (() => PromiseLike<unknown>)[] = [
          () => tx.db.select().from(notes).where(eq(notes.id, odd)),
          () => tx.db.insert(notes).values(note("a", odd)),
          () => tx.db.update(notes).set({ label: odd }).where(eq(notes.id, "a")),
          () => find(tx, { id: odd }),
          () => tx.rows(sql`select 1 as one from test_notes where id = ${odd}`),
        ];
        for (const way of ways) await expect((async () => await way())()).rejects.toMatchObject(refused);
        await tx.db.insert(notes).values(note("a", "a"));
      });
      await expect(find(database, { id: odd })).rejects.toMatchObject(refused);
    },
  );

  test("what a transaction wrote is gone after an error, and seen by nobody before its commit", async () => {
    const { database, notes } = await setUp();
    let insideDone = () => {};
    const inside = new Promise<void>((resolve) => {
      insideDone = resolve;
    });
    let seen: unknown[] = [];
    const reading = inside.then(async () => {
      seen = await database.db.select().from(notes);
    });
    await expect(
      database.transaction(async (tx) => {
        await tx.db.insert(notes).values(note("a"));
        insideDone();
        await reading;
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(seen).toEqual([]);
    expect(await database.db.select().from(notes)).toEqual([]);
  });

  test("using the root handle inside its own transaction throws instead of hanging", async () => {
    const { database, notes } = await setUp();
    await database.transaction(async (tx) => {
      await expect(database.transaction(async () => undefined)).rejects.toMatchObject({
        code: "handle_outside_transaction",
      });
      await expect(database.rows(sql`select 1`)).rejects.toMatchObject({ code: "handle_outside_transaction" });
      await database.transaction(async (same) => expect(same).toBe(tx), tx);
      await tx.db.insert(notes).values(note("a"));
    });
    expect(await database.db.select().from(notes)).toHaveLength(1);
  });

  test("assertOutside notices work queued inside a transaction, and only there", async () => {
    const { url, database } = await openEmpty();
    const other = openDatabase({ url });
    onTestFinished(() => other.close());
    const insideDone = Promise.withResolvers<void>();
    let leftRunning: Promise<void> | undefined;
    database.assertOutside();
    await database.transaction(async (tx) => {
      expect(() => database.assertOutside()).toThrow(expect.objectContaining({ code: "handle_outside_transaction" }));
      await database.transaction(async () => expect(() => database.assertOutside()).toThrow(), tx);
      other.assertOutside();
      leftRunning = insideDone.promise.then(() => database.assertOutside());
    });
    insideDone.resolve();
    await leftRunning;
    database.assertOutside();
  });

  test("closing twice is closing once, and inside a transaction it is refused instead of waiting for itself", async () => {
    const { url } = await open();
    const database = openDatabase({ url });
    await database.transaction(() =>
      expect(database.close()).rejects.toMatchObject({ code: "handle_outside_transaction" }),
    );
    await Promise.all([database.close(), database.close()]);
    await database.close();
    await expect(database.ping()).rejects.toMatchObject({ code: "database_unavailable" });
  });

  test("close waits for the transaction that is under way", async () => {
    const { url, notes, database: reader } = await setUp();
    const database = openDatabase({ url });
    const working = database.transaction(async (tx) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await tx.db.insert(notes).values(note("a"));
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await database.close();
    await working;
    expect(await reader.db.select().from(notes)).toHaveLength(1);
  });

  test("an index over an expression is named as well", async () => {
    const { database } = await openEmpty();
    await database.rows(sql`create table test_names (name text)`);
    await database.rows(sql`create unique index test_names_lower_unique on test_names (lower(name))`);
    await database.rows(sql`insert into test_names values ('a')`);
    const error = await database.rows(sql`insert into test_names values ('A')`).catch((e: unknown) => e);
    expect(constraintViolation(error)).toEqual({ kind: "unique", name: "test_names_lower_unique" });
  });

  test("a transaction used after its end throws", async () => {
    const { database, notes } = await setUp();
    const escaped = await database.transaction(async (tx) => tx);
    await expect(escaped.rows(sql`select 1`)).rejects.toMatchObject({ code: "handle_outside_transaction" });
    const insert = Promise.resolve(escaped.db.insert(notes).values(note("a")));
    await expect(insert).rejects.toThrow();
    expect(await database.db.select().from(notes)).toEqual([]);
  });

  test("hints run after a commit only", async () => {
    const { database } = await setUp();
    const ran: string[] = [];
    await database.transaction(async (tx) => {
      tx.afterCommit(() => {
        throw new Error("dropped");
      });
      tx.afterCommit(() => void ran.push("committed"));
      expect(ran).toEqual([]);
    });
    await database
      .transaction(async (tx) => {
        tx.afterCommit(() => void ran.push("rolled back"));
        throw new Error("no");
      })
      .catch(() => undefined);
    expect(ran).toEqual(["committed"]);
  });

  test("conditional updates from two handles: exactly one wins", async () => {
    const { url, database, notes } = await setUp();
    const other = openDatabase({ url });
    onTestFinished(() => other.close());
    await database.db.insert(notes).values({ ...note("a"), done: false });
    const tries = Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? database : other).db.update(notes).set({ done: true }).where(eq(notes.done, false)).returning(),
    );
    const winners = (await Promise.all(tries)).filter((rows) => rows.length === 1);
    expect(winners).toHaveLength(1);
  });

  test("names the constraint that refused a row, alike on both", async () => {
    const { database, notes } = await setUp();
    await database.db.insert(notes).values(note("a", "same"));
    const error = await Promise.resolve(database.db.insert(notes).values(note("b", "same"))).catch((e: unknown) => e);
    expect(constraintViolation(error)).toEqual({ kind: "unique", name: "test_notes_label_unique" });
    expect(constraintViolation(new Error("other"))).toBeNull();
  });

  test("a prepared query serves the root and a transaction", async () => {
    const { database, notes } = await setUp();
    const find = prepared("test_find_note", (db) =>
      db
        .select()
        .from(notes)
        .where(eq(notes.id, sql.placeholder("id"))),
    );
    await database.transaction(async (tx) => {
      await tx.db.insert(notes).values(note("a"));
      expect(await find(tx, { id: "a" })).toEqual([note("a")]);
    });
    expect(await find(database, { id: "a" })).toEqual([note("a")]);
    expect(await find(database, { id: "b" })).toEqual([]);
  });

  test("a lookup reads what is committed when it is asked, of each of many at once, and nothing inside a transaction", async () => {
    const { database, notes } = await setUp();
    const labelOf = database.lookup("test_label", (isAsked) => {
      return sql`select ${notes.id}, ${notes.label} from ${notes} where ${isAsked(notes.id)}`;
    });
    const labels = (...ids: string[]) => Promise.all(ids.map(labelOf));
    await database.db.insert(notes).values([note("a", "first"), note("b", "ä 🙂")]);
    expect(await labels("a", "missing", "b", "a")).toEqual(["first", null, "ä 🙂", "first"]);
    await database.db.update(notes).set({ label: "second" }).where(eq(notes.id, "a"));
    expect(await labels("a", "b")).toEqual(["second", "ä 🙂"]);
    await database.transaction(async (tx) => {
      await tx.db.delete(notes).where(eq(notes.id, "b"));
      await expect(labelOf("b")).rejects.toMatchObject({ code: "handle_outside_transaction" });
    });
    expect(await labels("b", "a")).toEqual([null, "second"]);
    await database.rows(sql`alter table test_notes rename to test_notes_away`);
    for (const lost of await Promise.allSettled(["a", "b"].map(labelOf))) {
      expect(lost.status).toBe("rejected");
    }
  });

  test("eight instances that start at once migrate once", async () => {
    const { url } = await openEmpty();
    const set = await migrationFolder({ name: "0002_more.sql", sql: "create table test_more (id text);" });
    const instances = Array.from({ length: 8 }, () => openDatabase({ url }));
    onTestFinished(async () => void (await Promise.all(instances.map((instance) => instance.close()))));
    const applied = await Promise.all(instances.map((instance) => migrate(instance, [set])));
    expect(applied.flat().sort()).toEqual(["test/0001_init.sql", "test/0002_more.sql"]);
  });

  test("an older version refuses a newer schema, and a changed migration is refused", async () => {
    const { database } = await openEmpty();
    await migrate(database, [
      await migrationFolder({ name: "0002_more.sql", sql: "create table test_more (id text);" }),
    ]);
    await expect(migrate(database, [await migrationFolder()])).rejects.toMatchObject({ code: "schema_newer" });
    const changed = migrationFolder({ name: "0002_more.sql", sql: "create table test_more (id text, more text);" });
    await expect(migrate(database, [await changed])).rejects.toMatchObject({ code: "migration_changed" });
  });

  test("a migration that fails leaves nothing behind", async () => {
    const { database } = await openEmpty();
    const broken = await migrationFolder({
      name: "0002_bad.sql",
      sql: "create table test_bad (id text); select nonsense;",
    });
    await expect(migrate(database, [broken])).rejects.toThrow();
    expect(await migrate(database, [await migrationFolder()])).toEqual(["test/0001_init.sql"]);
  });

  // SQLite undoes the failed statement alone and keeps the rest.
  if (dialect === "postgres")
    test("a transaction that swallowed a statement's error does not pretend to have been stored", async () => {
      const { database, notes } = await setUp();
      const swallowing = database.transaction(async (tx) => {
        await tx.db.insert(notes).values(note("a"));
        await Promise.resolve(tx.db.insert(notes).values(note("a"))).catch(() => undefined);
      });
      await expect(swallowing).rejects.toMatchObject({ code: "transaction_aborted" });
      expect(await database.db.select().from(notes)).toEqual([]);
    });

  test("a statement that is left running and comes after the commit is refused, not stored on its own", async () => {
    const { database, notes } = await setUp();
    let late: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      await tx.db.insert(notes).values(note("a"));
      late = new Promise((resolve) => setImmediate(resolve)).then(() => tx.db.insert(notes).values(note("late")));
      late.catch(() => undefined);
    });
    await expect(late).rejects.toThrow();
    expect(await database.db.select().from(notes)).toHaveLength(1);
  });

  if (dialect === "postgres")
    test("the server ends the connection in the middle: a code, nothing stored, and the next transaction goes on", async () => {
      const { url, database, notes } = await setUp();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      onTestFinished(() => client.end());
      const cut = database.transaction(async (tx) => {
        await tx.db.insert(notes).values(note("a"));
        const [own] = await tx.rows<{ pid: number }>(sql`select pg_backend_pid() as pid`);
        await client.query("select pg_terminate_backend($1, 5000)", [own?.pid]);
        await tx.db.insert(notes).values(note("b"));
      });
      await expect(cut).rejects.toMatchObject({ code: "database_unavailable" });
      await database.transaction((tx) => tx.db.insert(notes).values(note("c")));
      expect((await database.db.select().from(notes)).map(({ id }) => id)).toEqual(["c"]);
    });

  test("a statement of its own is durable by itself; on PostgreSQL only, and never inside a transaction", async () => {
    const { url, database } = await setUp();
    const { autocommit } = database;
    if (dialect === "sqlite" || autocommit === undefined)
      return expect([dialect, autocommit]).toEqual(["sqlite", undefined]);
    const insert = "insert into test_notes values ($1, $1, true, 1, now(), '[]', null) returning id";
    const added = await autocommit((client) => client.query<{ id: string }>(insert, ["a"]));
    expect(added.rows).toEqual([{ id: "a" }]);
    await expect(autocommit((client) => client.query(insert, ["a"]))).rejects.toMatchObject({ code: "23505" });
    await database.transaction(async () => {
      await expect(autocommit((client) => client.query(insert, ["b"]))).rejects.toMatchObject({
        code: "handle_outside_transaction",
      });
    });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const cut = autocommit(async (own) => {
      const { rows } = await own.query<{ pid: number }>("select pg_backend_pid() as pid");
      await client.query("select pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
      await own.query(insert, ["c"]);
    });
    await expect(cut).rejects.toThrow();
    expect((await client.query("select id from test_notes")).rows).toEqual([{ id: "a" }]);
    await autocommit((own) => own.query(insert, ["d"]));
    expect((await client.query("select id from test_notes")).rows).toHaveLength(2);
  });

  // On SQLite the caller shares the one connection and uses `database.transaction`.
  if (dialect === "postgres")
    test("joins the transaction that a caller opened on their own connection", async () => {
      const { url, database, notes } = await setUp();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      onTestFinished(() => client.end());
      await client.query("begin");
      await enlistPostgres(client).db.insert(notes).values(note("a"));
      expect(await database.db.select().from(notes)).toEqual([]);
      await client.query("commit");
      expect(await database.db.select().from(notes)).toHaveLength(1);
    });
});

test("addresses that are none are refused by name", () => {
  expect(() => openDatabase({ url: "mysql://x" })).toThrow(expect.objectContaining({ code: "invalid_database_url" }));
  expect(() => openDatabase({ url: "file:/dev/null/place.db" })).toThrow(
    expect.objectContaining({ code: "database_unavailable" }),
  );
});
