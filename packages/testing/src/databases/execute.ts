import { Client } from "pg";

/** Runs one statement on a server, over a connection of its own. @throws what the driver throws, with its `code` */
export async function execute(adminUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
