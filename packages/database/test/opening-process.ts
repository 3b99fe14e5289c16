/** Opens each database that it is told to at the time that it is told, and says whether it could. */
import { openDatabase } from "@revops/database";

process.on("message", async ({ url, at }: { url: string; at: number }) => {
  // Busy, for a sleep wakes up at different times.
  while (Date.now() < at);
  try {
    const database = openDatabase({ url });
    await database.ping();
    await database.close();
    process.send?.("opened");
  } catch (error) {
    process.send?.(String(error));
  }
});
process.send?.("ready");
