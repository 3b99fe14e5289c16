import { decimal } from "@revops/core";
import { expect, test } from "vitest";
import { type LiveGrant, openGrant } from "../credits/grant.ts";
import { type Allowance, admit, creditedBack, mostOf } from "./allowance.ts";
import { openSpend, spendGuard } from "./spend.ts";

function grant(remaining: number): LiveGrant {
  const at = new Date(0);
  const named = { key: Buffer.alloc(16), subjectId: "usr_1", id: "gift", account: "feature:token" } as const;
  const terms = {
    source: "manual",
    ofPlan: false,
    priority: 100,
    effectiveAt: at,
    expiresAt: null,
    rollover: null,
  } as const;
  return openGrant({ ...named, ...terms, amount: remaining }, "grant", at);
}

const none: Allowance = {
  held: 0,
  used: 0,
  credited: 0,
  limit: 10,
  free: 10,
  soft: false,
  windows: [],
  sources: [],
  spend: openSpend,
};
const full = { interval: "day", limit: 5, used: 4, endsAt: new Date(0) } as const;
const unitsOnly = { featureAmount: null, totalAmount: null, elsewhere: () => decimal(0), cost: () => null };
const perThree = spendGuard({
  ...{ units: null, featureAmount: 2, totalAmount: null, elsewhere: () => decimal(0) },
  // One for each three units that were begun: no price of a unit.
  cost: (overage) => decimal(Math.ceil(overage / 3)),
});

test.each<[string, Partial<Allowance>, number, object]>([
  ["the last included unit", { used: 9 }, 1, { drawn: { included: 1, overage: 0 } }],
  ["one too many", { used: 9 }, 2, { refusal: "quota_exceeded", obstacle: { kind: "limit" } }],
  ["nothing in the plan", { limit: 0, free: 0 }, 1, { refusal: "not_in_plan" }],
  [
    "credits for what is not in the plan",
    { limit: 0, free: 0, sources: [{ grant: grant(2), rate: 1 }] },
    2,
    { refusal: null },
  ],
  [
    "what two credits pay for",
    {
      used: 10,
      sources: [
        { grant: grant(7), rate: 2 },
        { grant: grant(1), rate: 1 },
      ],
    },
    4,
    { drawn: { included: 0, credits: [{ units: 3 }, { units: 1 }] } },
  ],
  [
    "what one pays for, past another with too little for a unit",
    {
      used: 10,
      sources: [
        { grant: grant(1), rate: 2 },
        { grant: grant(3), rate: 1 },
      ],
    },
    3,
    { drawn: { included: 0, credits: [{ units: 3 }] } },
  ],
  [
    "one more than they pay for",
    { used: 10, sources: [{ grant: grant(7), rate: 2 }] },
    4,
    { refusal: "quota_exceeded" },
  ],
  [
    "credits before what has a price within the limit",
    { used: 1, free: 2, sources: [{ grant: grant(3), rate: 1 }] },
    8,
    { drawn: { included: 5, credits: [{ units: 3 }], overage: 0 } },
  ],
  [
    "credits before both, and then the limit",
    { used: 1, free: 2, soft: true, sources: [{ grant: grant(3), rate: 1 }] },
    14,
    { drawn: { included: 9, credits: [{ units: 3 }], overage: 2 } },
  ],
  [
    "as much as the limit and credits",
    { used: 1, free: 2, sources: [{ grant: grant(3), rate: 1 }] },
    13,
    { refusal: "quota_exceeded" },
  ],
  [
    "a price without a limit",
    { limit: null, free: 0, sources: [{ grant: grant(3), rate: 1 }] },
    9,
    { drawn: { included: 6, overage: 0 } },
  ],
  ["a soft limit", { used: 8, soft: true }, 5, { drawn: { included: 2, overage: 3 } }],
  ["room that credits made", { used: 14, credited: 5 }, 1, { drawn: { included: 1, credits: [] } }],
  ["a full day, inside the limit", { windows: [full] }, 2, { refusal: "quota_exceeded", obstacle: { kind: "window" } }],
  ["what a cap in money pays for", { used: 10, soft: true, spend: perThree }, 6, { drawn: { overage: 6 } }],
  [
    "one more",
    { used: 10, soft: true, spend: perThree },
    7,
    { obstacle: { kind: "spend_cap", cap: "feature_amount" } },
  ],
  [
    "beyond the exact numbers",
    { limit: null, free: null, used: Number.MAX_SAFE_INTEGER },
    1,
    { refusal: "usage_out_of_range" },
  ],
])("%s", (_what, allowance, quantity, admission) => {
  expect(admit({ ...none, ...allowance }, quantity)).toMatchObject(admission);
});

test.each<[string, Partial<Allowance>, number | null]>([
  ["what is included", { used: 4 }, 6],
  ["what is included and what credits add", { used: 4, sources: [{ grant: grant(7), rate: 2 }] }, 9],
  ["what the day still takes", { windows: [full] }, 1],
  ["what a cap in money pays for", { used: 7, soft: true, spend: perThree }, 9],
  [
    "what the day still takes, past the limit",
    { used: 10, soft: true, windows: [{ ...full, limit: 10 }], spend: spendGuard({ ...unitsOnly, units: 100 }) },
    6,
  ],
  ["no end", { limit: null, free: null }, null],
  ["no end, softly", { soft: true }, null],
])("the most is %s", (_what, allowance, most) => {
  expect(mostOf({ ...none, ...allowance })).toBe(most);
});

test.each([
  ["overage first", { used: 20, credited: 4, limit: 10, free: 10 }, 6, 0],
  ["then credits", { used: 20, credited: 4, limit: 10, free: 10 }, 8, 2],
  ["all of them", { used: 20, credited: 4, limit: 10, free: 10 }, 15, 4],
  ["what has a price before credits", { used: 20, credited: 4, free: 12 }, 5, 1],
  ["nothing where nothing was paid", { used: 5, credited: 0, limit: 10, free: 10 }, 5, 0],
])("gives back %s", (_what, standing, by, credits) => {
  expect(creditedBack(standing, by)).toBe(credits);
});
