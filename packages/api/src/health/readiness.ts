/** Whether this instance can do its work. */

/** What can be asked whether it answers: resolves when it does. */
export type DependencyCheck = () => Promise<void>;

export interface DependencyState {
  readonly state: "up" | "down";
  readonly latencyMs: number;
}

/** A probe that hangs is as good as a dependency that is away. */
const patienceMs = 2_000;

/** Asks all of them at once. */
export async function checkDependencies(
  checks: Readonly<Record<string, DependencyCheck>>,
): Promise<Record<string, DependencyState>> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)] as const),
  );
  return Object.fromEntries(states);
}

async function stateOf(check: DependencyCheck): Promise<DependencyState> {
  const startedAt = performance.now();
  const { promise: patience, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("No answer in time.")), patienceMs);
  const state = await Promise.race([check(), patience]).then(
    () => "up" as const,
    () => "down" as const,
  );
  clearTimeout(timer);
  return { state, latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
}
