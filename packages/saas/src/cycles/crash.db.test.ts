import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import { checkStatements } from "../../test/statements.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const closer = fileURLToPath(new URL("../../test/closer.ts", import.meta.url));

forEachDatabase("a process that closes cycles", (open) => {
  test("killed at any moment, leaves each cycle closed or open: none twice, none lost", {
    timeout: 60_000,
  }, async () => {
    const world = await openWorld(open);
    const { database, clock, url } = world;
    const saas = createSaas({ ...world, plans: pricedPlans });
    const subjects = Array.from({ length: 40 }, (_, n) => `usr_${n}`);
    for (const subjectId of subjects) {
      await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
      await saas.quotas.consume({ subjectId, feature: "call", quantity: 5_000 });
    }
    clock.advance(95 * dayMs);
    for (const enough of [1, 17, 40]) {
      const arguments_ = ["--conditions=source", closer, url, String(clock.now().getTime())];
      const child = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      const exit = once(child, "exit");
      let closed = 0;
      for await (const _ of createInterface({ input: child.stdout })) {
        closed += 1;
        if (closed === enough) child.kill("SIGKILL");
      }
      expect(await exit).toEqual([null, "SIGKILL"]);
    }
    await saas.cycles.closeDue();
    const { cycles } = await checkStatements(database, saas, subjects);
    expect(cycles).toBe(3 * subjects.length);
  });
});
