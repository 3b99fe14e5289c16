import { expect, test } from "vitest";
import { createSession } from "./session.ts";

const ended = () => Response.json({ code: "token_expired" }, { status: 401 });

/** A session whose refresh gives `access-1`, `access-2` …, and how often it was asked to. */
function counted(onRefresh?: () => void) {
  const asked: string[] = [];
  const first = { accessToken: "access-0", refreshToken: "refresh-0", ...(onRefresh ? { onRefresh } : {}) };
  const session = createSession(first, async (refreshToken) => {
    asked.push(refreshToken);
    return { accessToken: `access-${asked.length}`, refreshToken: `refresh-${asked.length}` };
  });
  const shown = async () => {
    const headers = new Headers();
    await session.identify(headers);
    return headers;
  };
  return { asked, session, shown };
}

test("a call that learns late that its token ended is sent again with the new one, and renews nothing", async () => {
  const { asked, session, shown } = counted();
  const [early, late] = [await shown(), await shown()];
  expect(await session.renew(ended(), early)).toBe(true);
  expect(await session.renew(ended(), late)).toBe(true);
  expect(asked).toEqual(["refresh-0"]);
  expect((await shown()).get("authorization")).toBe("Bearer access-1");
  // The new one ends too, once more for two calls at once.
  const [one, other] = [await shown(), await shown()];
  await Promise.all([session.renew(ended(), one), session.renew(ended(), other)]);
  expect(asked).toEqual(["refresh-0", "refresh-1"]);
});

test("new tokens that cannot be kept are told of, and used all the same", async () => {
  const { session, shown } = counted(() => {
    throw new Error("The disk is full.");
  });
  await expect(session.renew(ended(), await shown())).rejects.toThrow("The disk is full.");
  expect((await shown()).get("authorization")).toBe("Bearer access-1");
});
