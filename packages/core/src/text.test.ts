import { expect, it } from "vitest";
import { isStorableText } from "./text.ts";

it("what PostgreSQL would refuse and SQLite would keep is refused in front of both", () => {
  for (const text of ["\u0000", "a\u0000b", "\ud800", "x\udc00", "\udc00\ud800"])
    expect(isStorableText(text)).toBe(false);
});

it("all other text is storable: empty, emoji, combining marks, control characters", () => {
  for (const text of ["", "🙂", "👩‍👩‍👧", "e\u0301", "\u0001\t\n", "\uffff"]) expect(isStorableText(text)).toBe(true);
});
