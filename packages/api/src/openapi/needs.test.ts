import { expect, test } from "vitest";
import { needsOf } from "./needs.ts";

const base = { method: "post", path: "/x", summary: "Do it" } as const;

test.each([
  [{ ...base, credentials: "none" }, "Needs no credentials."],
  [
    { ...base, credentials: "optional", charge: "api_call" },
    "Needs no credentials; wrong ones are refused. With credentials it uses one `api_call`.",
  ],
  [
    { ...base, credentials: "required", scope: "usage:write" },
    "Needs a session, or an API key with the scope `usage:write`.",
  ],
  [
    { ...base, credentials: "required", scope: "billing:write" },
    "Needs a session, or an API key with the scope `billing:write`. For an organization its admins and owners may.",
  ],
  [
    { ...base, credentials: "session", organizationRole: "member", rateLimit: 10 },
    "Needs a session; an API key is refused. Counts as 10 requests.",
  ],
  [{ ...base, credentials: "required", role: "admin" }, "Needs a session or an API key. Only for the role `admin`."],
] as const)("%o", (spec, words) => {
  expect(needsOf(spec)).toBe(words);
});
