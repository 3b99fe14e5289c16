/**
 * Waits for work no longer than that: what hangs is as good as away. The work itself goes on, and nobody hears of it.
 * @throws Error when the time is over, and what the work throws
 */
export async function within<Result>(patienceMs: number, work: () => Promise<Result>): Promise<Result> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("No answer in time.")), patienceMs);
  try {
    return await Promise.race([work(), over]);
  } finally {
    clearTimeout(timer);
  }
}
