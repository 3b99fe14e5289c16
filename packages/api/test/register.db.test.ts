/** Registering tells whether an address is somebody's: as seldom as that can be. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test, vi } from "vitest";
import { startApi } from "./service.ts";

const password = "correct horse battery";

/** Or a slow machine would let a pause of a second go by. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
}

forEachDatabase("registering over HTTP", (open) => {
  test("says 409 for a known address, and 429 with Retry-After to whoever asks on", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 4 });
    stopClock();
    const register = (email: string) => service.call("POST", "/auth/register", { body: { email, password } });
    expect((await register("ada@example.com")).status).toBe(201);
    for (const email of ["ada@example.com", "ADA@Example.com", "ada@example.com"]) {
      const taken = await register(email);
      expect([taken.status, taken.body.code]).toEqual([409, "user_already_exists"]);
    }
    // The address pays, whatever is asked for: a known e-mail address and an unknown one are refused alike.
    for (const email of ["ada@example.com", "bob@example.com"]) {
      const refused = await register(email);
      expect([refused.status, refused.body.code], email).toEqual([429, "rate_limited"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });

  test("tells one network of a hundred known addresses, then pauses it, though nothing else limits it", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 0 });
    stopClock();
    const register = (email: string) => service.call("POST", "/auth/register", { body: { email, password } });
    expect((await register("ada@example.com")).status).toBe(201);
    for (let asked = 0; asked < 100; asked += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => register("ada@example.com")));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(409));
    }
    for (const email of ["ada@example.com", "bob@example.com"]) {
      const refused = await register(email);
      expect([refused.status, refused.body.code], email).toEqual([429, "too_many_attempts"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});
