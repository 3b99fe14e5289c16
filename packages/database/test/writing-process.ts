/** Writes pairs of rows in transactions of the thread, one after the other, and tells of each that was stored. */
import { openDatabase } from "@revops/database";
import { sql } from "drizzle-orm";

const { thread } = openDatabase({ url: process.argv[2] ?? "" });
const started = setInterval(() => {
  if (!thread?.isUp()) return;
  clearInterval(started);
  void write(thread);
}, 5);

async function write({ transaction }: NonNullable<typeof thread>): Promise<void> {
  for (let n = 1; ; n++) {
    await transaction(async (tx) => {
      await tx.rows(sql`insert into sales (id) values (${`first ${n}`})`);
      await tx.rows(sql`insert into sales (id) values (${`second ${n}`})`);
    });
    process.send?.(n);
  }
}
