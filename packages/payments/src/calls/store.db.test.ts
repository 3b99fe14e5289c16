/** What is read of a stored call. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openWorld } from "../../test/world.ts";
import { createCallStore } from "./store.ts";

forEachDatabase("stored calls", (open) => {
  test.for([
    ["done", "pm_2"],
    ["refused", null],
  ] as const)("one that is %s is found by its reference in one look", async ([state, resultId]) => {
    const { database, clock } = await openWorld(open);
    const store = createCallStore(database);
    const now = clock.now();
    const params = { id: "pm_1", customer: "cus_1" };
    const call = { operation: "payment_method.attach" as const, params, subjectId: "usr_1", reference: "ref_1" };
    await database.transaction((tx) => store.insert(tx, call, now));
    const before = await store.findNamed(database, "ref_1");
    expect(before).toMatchObject({ state: "open", resultId: null });
    const outcome = { state, resultId: "pm_2", failureCode: null, settledAt: now };
    await database.transaction((tx) => store.settle(tx, before?.call.id ?? "", outcome));
    expect(await store.findNamed(database, "ref_1")).toMatchObject({ state, resultId });
  });
});
