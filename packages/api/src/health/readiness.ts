/** Whether this instance can do its work. */
import { within } from "./within.ts";

/** What can be asked whether it answers: resolves when it does. */
export type Ping = () => Promise<void>;

/** One that the instance can do without says so: it is shown, and does not make the instance unready. */
export type DependencyCheck = Ping | { readonly ping: Ping; readonly optional: true };

export interface DependencyState {
  readonly state: "up" | "down";
  readonly latencyMs: number;
  /** Present where the instance can do without. */
  readonly optional?: true;
}

/** A probe that hangs is as good as a dependency that is away. */
const patienceMs = 2_000;

/** Asks all of them at once. */
export async function checkDependencies(
  checks: Readonly<Record<string, DependencyCheck>>,
): Promise<Record<string, DependencyState>> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      if (typeof check === "function") return [name, await stateOf(check)] as const;
      return [name, { ...(await stateOf(check.ping)), optional: true as const }] as const;
    }),
  );
  return Object.fromEntries(states);
}

async function stateOf(ping: Ping): Promise<DependencyState> {
  const startedAt = performance.now();
  const state = await within(patienceMs, ping).then(
    () => "up" as const,
    () => "down" as const,
  );
  return { state, latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
}
