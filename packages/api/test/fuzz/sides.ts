/** A service on each database, with the same people. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Dialect } from "@revops/testing";
import { openOn } from "@revops/testing/vitest";
import { startApi, type TestApi } from "../service.ts";
import { type People, peopleOf } from "./people.ts";

export interface Side {
  readonly dialect: Dialect;
  readonly service: TestApi;
  readonly people: People;
}

export async function startSides(): Promise<readonly [Side, Side]> {
  const start = async (dialect: Dialect): Promise<Side> => {
    const service = await startApi(openOn(dialect));
    return { dialect, service, people: await peopleOf(service) };
  };
  return [await start("sqlite"), await start("postgres")];
}

/** Watches how long the event loop is held; only shown, since a busy machine holds it for others. */
export function watchLoop() {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let slowest = { ms: 0, what: "" };
  return {
    begin: () => delay.reset(),
    end(what: string): void {
      const ms = delay.max / 1e6;
      if (ms > slowest.ms) slowest = { ms, what };
    },
    stop(): string {
      delay.disable();
      return `longest hold of the loop ${slowest.ms.toFixed(0)} ms at ${slowest.what}`;
    },
  };
}
