import pg from "pg";

/** The server for tests runs without fsync; a figure without it would say nothing. */
export async function makeDurable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("alter system set fsync = on");
  await client.query("select pg_reload_conf()");
  await client.end();
}
