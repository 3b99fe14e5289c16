import { expect, test } from "vitest";
import { bestOf, isOneSlip, spellings } from "./spelling.ts";

test.for([
  ["stream", "strem", true],
  ["stream", "streaam", true],
  ["stream", "stroam", true],
  ["stream", "srteam", true],
  ["stream", "streaM", true],
  ["stream", "stram", true],
  ["stream", "tsream", true],
  ["stream", "streama", true],
  ["stream", "stre", false],
  ["stream", "maerts", false],
  ["stream", "strxxm", false],
  ["abcd", "badc", false],
  ["漢字仮名", "漢仮字名", true],
] as const)("%s and %s are one slip apart: %s", ([a, b, expected]) => {
  expect(isOneSlip(a, b)).toBe(expected);
  expect(isOneSlip(b, a)).toBe(expected);
});

test.for(["stream", "database", "漢字仮名字"])("every slip of %s meets it in the table", (word) => {
  const filed = new Set(spellings(word));
  const letters = Array.from(word);
  for (const [index] of letters.entries()) {
    const without = letters.toSpliced(index, 1);
    for (const slip of [without, letters.toSpliced(index, 1, "x"), letters.toSpliced(index, 0, "x")]) {
      expect(spellings(slip.join("")).some((key) => filed.has(key)) || slip.length < 4, slip.join("")).toBe(true);
    }
  }
});

test("the word that most listings have is meant, and a short or endless one is not mended", () => {
  const candidates = [
    { word: "steam", uses: 5 },
    { word: "stream", uses: 9 },
    { word: "maestro", uses: 99 },
  ];
  expect(bestOf("strem", candidates)).toBe("stream");
  expect(bestOf("zzzz", candidates)).toBeNull();
  // It may be near a word that is there for another one's sake.
  expect(bestOf("tar", [{ word: "tart", uses: 1 }])).toBeNull();
  expect([spellings("tar"), spellings("x".repeat(25))]).toEqual([[], []]);
});
