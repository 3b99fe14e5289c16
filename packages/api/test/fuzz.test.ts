/**
 * Generated requests for every route, sent to a service on each database: no answer is a 5xx or other than the document
 * says, and both give the same verdict.
 *
 * 10,000 where `CI` is set, 2,000 where somebody waits. Again, or longer:
 *
 *   FUZZ_REQUESTS=50000 FUZZ_SEED=… pnpm vitest run --project api test/fuzz.test.ts
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { send } from "./fuzz/people.ts";
import { type FuzzRequest, requestsOf } from "./fuzz/requests.ts";
import { type Side, startSides, watchLoop } from "./fuzz/sides.ts";

const count = Number(process.env["FUZZ_REQUESTS"] ?? (process.env["CI"] ? 10_000 : 2_000));
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
/** After so many, everybody signs in again: some requests end sessions. */
const stretch = 50;
/** Enough to see what is wrong. */
const mostFailures = 20;

test(`${count} generated requests`, { timeout: 60_000 + count * 100 }, async () => {
  console.info(`fuzz: seed ${seed}, ${count} requests a database`);
  const sides = await startSides();
  const requests = fc.sample(requestsOf(sides[0].service.api.document), { numRuns: count, seed });
  const statuses = new Map<number, number>();
  const failures: string[] = [];
  const loop = watchLoop();

  for (const [n, request] of requests.entries()) {
    if (n % stretch === 0) for (const { people } of sides) await people.signIn();
    loop.begin();
    const verdicts = await Promise.all(sides.map((side) => verdictOf(side, request)));
    loop.end(`${request.method} ${request.path}`);
    const [first, second] = verdicts;
    if (first) statuses.set(first.status, (statuses.get(first.status) ?? 0) + 1);
    const wrong = verdicts.flatMap(({ wrong }) => wrong ?? []);
    if (first?.told !== second?.told) wrong.push(`sqlite says ${first?.told}, postgres ${second?.told}`);
    if (wrong.length > 0) failures.push(`${n}: ${JSON.stringify(request)}\n${wrong.join("\n")}`);
    if (failures.length === mostFailures) break;
  }
  const shown = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status} × ${times}`);
  console.info(`fuzz: ${shown.join(", ")}; ${loop.stop()}`);
  expect(failures.join("\n\n"), `FUZZ_SEED=${seed}`).toBe("");
  // Were all refused at the door, nothing would have been tried.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(count / 20);
});

interface Verdict {
  readonly status: number;
  /** What both databases must agree on. */
  readonly told: string;
  readonly wrong?: string;
}

async function verdictOf({ service, people }: Side, request: FuzzRequest): Promise<Verdict> {
  try {
    const { status, body } = await send(service, people, request);
    const told = `${status} ${body?.code ?? ""}`;
    return status >= 500 ? { status, told, wrong: `${told} ${JSON.stringify(body)}` } : { status, told };
  } catch (error) {
    // Not as documented, or no answer at all.
    return { status: 0, told: "", wrong: String(error).slice(0, 1_000) };
  }
}
