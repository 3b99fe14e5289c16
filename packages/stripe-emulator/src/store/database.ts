import Database from "better-sqlite3";

export type Handle = Database.Database;

/** The layout of the state. `user_version` guards against a file of another layout. */
const layout = 4;

const schema = `
create table if not exists settings (key text primary key, value text not null) strict, without rowid;
create table if not exists objects (
  sequence integer primary key autoincrement,
  id text not null unique,
  kind text not null,
  created integer not null,
  deleted integer not null default 0,
  hidden text,
  account text not null default '',
  body text not null check (json_valid(body))
) strict;
create index if not exists objects_by_kind on objects (kind, account, sequence);
create index if not exists objects_by_customer on objects (kind, json_extract(body, '$.customer'), sequence);
create index if not exists objects_by_subscription on objects (json_extract(body, '$.parent.subscription_details.subscription'));
create index if not exists objects_by_payment on objects (json_extract(body, '$.payment.payment_intent'));
create index if not exists objects_by_payment_intent on objects (json_extract(body, '$.payment_intent'));
create index if not exists objects_by_invoice on objects (json_extract(body, '$.invoice'));
create table if not exists timers (
  object text not null,
  task text not null,
  due integer not null,
  priority integer not null,
  test_clock text not null default '',
  primary key (object, task)
) strict, without rowid;
create index if not exists timers_by_due on timers (test_clock, due, priority);
create table if not exists meter_events (
  account text not null default '',
  identifier text not null,
  meter text not null,
  customer text not null,
  value text not null,
  at integer not null,
  received integer not null,
  canceled integer not null default 0
) strict;
create index if not exists meter_events_by_time on meter_events (meter, customer, at);
create index if not exists meter_events_by_identifier on meter_events (account, identifier);
create table if not exists idempotency_keys (
  key text primary key,
  fingerprint text not null,
  status integer not null,
  body text not null,
  created integer not null,
  request text not null default ''
) strict, without rowid;
create table if not exists deliveries (
  sequence integer primary key autoincrement,
  id text not null unique,
  event text not null,
  endpoint text not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  due integer not null,
  status integer,
  error text
) strict;
create index if not exists deliveries_by_due on deliveries (state, due);
create index if not exists deliveries_by_event on deliveries (event);
create table if not exists delivery_attempts (
  delivery text not null,
  attempt integer not null,
  at integer not null,
  status integer,
  error text,
  milliseconds integer not null,
  primary key (delivery, attempt)
) strict, without rowid;
`;

/**
 * Opens the state: a file, or memory when none is named.
 *
 * `synchronous=FULL` is set at every open because a WAL file that is opened again starts with NORMAL, which may lose the
 * last commits when the machine stops.
 */
export function openDatabase(file: string | undefined): Handle {
  const database = new Database(file ?? ":memory:");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("busy_timeout = 2000");
  const found = Number(database.pragma("user_version", { simple: true }));
  if (found > layout) {
    database.close();
    throw new Error(
      `The emulator's state in ${file} has layout ${found}; this version knows up to ${layout}. Use a newer version or another file.`,
    );
  }
  if (found > 0) {
    // What older layouts lack.
    addColumn(database, "idempotency_keys", "request");
    if (addColumn(database, "objects", "account")) database.exec("drop index if exists objects_by_kind");
  }
  database.exec(schema);
  database.pragma(`user_version = ${layout}`);
  return database;
}

/** Adds a column of text when it is not there; says whether it was added. */
function addColumn(database: Handle, table: string, column: string): boolean {
  const known = database
    .prepare<[string], { name: string }>("select name from pragma_table_info(?)")
    .all(table)
    .some(({ name }) => name === column);
  if (!known) database.exec(`alter table ${table} add column ${column} text not null default ''`);
  return !known;
}

/** Empties every table, in one transaction. */
export function clearDatabase(database: Handle): void {
  database
    .transaction(() => {
      for (const table of [
        "settings",
        "objects",
        "timers",
        "meter_events",
        "idempotency_keys",
        "deliveries",
        "delivery_attempts",
      ]) {
        database.exec(`delete from ${table}`);
      }
    })
    .immediate();
}
