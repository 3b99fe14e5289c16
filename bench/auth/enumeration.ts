/** Whether the time of a refused log-in tells who is a customer: known and unknown addresses in turns, over HTTP. */
import { startServer } from "./server.ts";

const tries = 300;
/** Below the ten failures that cost an account a pause. */
const triesOfOne = 9;

export async function measureEnumeration(folder: string, databaseUrl: string, name: string): Promise<void> {
  const server = await startServer(folder, databaseUrl);
  const addresses = Math.ceil(tries / triesOfOne);
  for (let n = 0; n < addresses; n++) {
    await server.post("/auth/register", { email: `known${n}@example.com`, password: "correct horse battery" });
  }
  const timed = async (who: string) => {
    const started = performance.now();
    const response = await server.post("/auth/login", { email: `${who}@example.com`, password: "wrong horse battery" });
    const body = await response.text();
    if (response.status !== 401) throw new Error(`A wrong password was answered with ${response.status}: ${body}`);
    return performance.now() - started;
  };
  await timed("warmup");
  const known: number[] = [];
  const unknown: number[] = [];
  for (let n = 0; n < tries; n++) {
    const [which, other] = [`known${n % addresses}`, `nobody${n % addresses}`];
    // Whoever comes second in a pair may be slower or faster for that alone.
    if (n % 2 === 0) {
      known.push(await timed(which));
      unknown.push(await timed(other));
    } else {
      unknown.push(await timed(other));
      known.push(await timed(which));
    }
  }
  console.log(`${name}: AUC of ${tries} + ${tries} refused log-ins ${areaUnderCurve(known, unknown).toFixed(3)}`);
  await server.stop();
}

/** How often a known one took longer than an unknown one, of all pairs; 0.5 tells nothing (Mann–Whitney). */
function areaUnderCurve(known: readonly number[], unknown: readonly number[]): number {
  let won = 0;
  for (const a of known) for (const b of unknown) won += a > b ? 1 : a === b ? 0.5 : 0;
  return won / (known.length * unknown.length);
}
