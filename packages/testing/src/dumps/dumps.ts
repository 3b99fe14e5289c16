/** What someone reads who stole a copy of a database or of a log. */
import { readFile } from "node:fs/promises";
import { Client } from "pg";

/**
 * Everything that is stored in a database, as text: of SQLite the bytes of its files, of PostgreSQL every row of every
 * table, bytes in hexadecimal and as they are.
 * @param url `file:…` or `postgres://…`, as `forEachDatabase` opens it
 * @example expect(tracesOf(await dumpOf(url), [password])).toEqual([]);
 */
export async function dumpOf(url: string): Promise<string> {
  return url.startsWith("file:") ? filesOf(url.slice("file:".length)) : rowsOf(url);
}

/** Pieces of eight characters: fewer are found by chance. */
const pieceLength = 8;

/** The pieces of secrets that a text holds; eight characters in a row are too many to lose. */
export function tracesOf(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    if (secret.length < pieceLength) throw new RangeError("A secret this short is found by chance.");
    const pieces = Array.from({ length: secret.length - pieceLength + 1 }, (_, i) => secret.slice(i, i + pieceLength));
    return pieces.filter((piece) => text.includes(piece));
  });
}

/** The log beside the file has what was committed last; pages that were freed are in it too, as for a thief. */
async function filesOf(path: string): Promise<string> {
  const parts = await Promise.all([path, `${path}-wal`].map((file) => readFile(file, "latin1").catch(() => "")));
  return parts.join("\n");
}

async function rowsOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query(`select * from ${client.escapeIdentifier(name)}`);
      texts.push(JSON.stringify(rows, readable));
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
}

/** Buffers print themselves as JSON before a replacer sees them. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "Buffer") return value;
  const bytes = Buffer.from("data" in value && Array.isArray(value.data) ? value.data : []);
  return [bytes.toString("hex"), bytes.toString("latin1")];
}
