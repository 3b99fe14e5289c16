import { expect, test } from "vitest";
import { fts5Query } from "./fts5.ts";
import { atMostTerms, beginning, beginningsOf, inCategory, pricedTerms, tagged } from "./terms.ts";
import { tsquery } from "./tsvector.ts";
import { distinctWords, wordsOf } from "./words.ts";

test.for([
  ["Better-SQLite3 für Café", ["better", "sqlite3", "fur", "cafe"]],
  ["@scope/some_name v1.2", ["scope", "some", "name", "v1", "2"]],
  ["ＦＵＬＬ ﬁne ℌello İstanbul", ["full", "fine", "hello", "istanbul"]],
  ["漢字 हिन्दी 한국어", ["漢字", "हिन्दी", "한국어"]],
  [`" OR name:* NEAR( ' \0 \ud800 --`, ["or", "name", "near"]],
  ["", []],
] as const)("%j has the words %j", ([text, words]) => expect(wordsOf(text)).toEqual(words));

test("an endless word is cut, and never through a character", () => {
  expect(wordsOf("x".repeat(1_000))).toEqual(["x".repeat(64)]);
  expect(wordsOf(`x${"𝒳".repeat(100)}`)[0]?.isWellFormed()).toBe(true);
  expect(wordsOf(`x${"𠀀".repeat(100)}`)[0]?.isWellFormed()).toBe(true);
});

test("words are taken once, and no more than so many", () => {
  expect(distinctWords(["a b a", "c b d"], 3)).toEqual(["a", "b", "c"]);
});

test("beginnings are those of characters, and no word", () => {
  expect(beginningsOf("t𠀀r")).toEqual(["·t", "·t𠀀", "·t𠀀r"]);
  expect(wordsOf(beginning("tar"))).toEqual(["tar"]);
});

test("terms are quoted in both languages", () => {
  expect(fts5Query([["or"], ["·near"]])).toBe('("or") AND ("·near")');
  expect(tsquery([["or", "x"], ["·near"]])).toBe("('~or' | '~x') & ('~·near')");
});

test("the values of filters become terms without anything that a tokenizer splits at, folds or reads", () => {
  expect(inCategory("build Tools")).toBe("¤cbuild‹20›‹54›ools");
  expect(tagged("C++")).toBe("¤tc‹2b›‹2b›");
  for (const value of [`"`, "'", "~", "\\", "a b", "A", "-", "\0"])
    expect(inCategory(value)).toMatch(/^¤c[a-z0-9‹›]+$/);
});

test.for([0, 1, 3, 4, 2_500, 99_999, 4 ** 13 - 1, 4 ** 13, Number.MAX_SAFE_INTEGER])(
  "who asks for at most %d finds every price up to it by a term",
  (amount) => {
    const asked = atMostTerms({ amount, currency: "usd" });
    const isFound = (price: Parameters<typeof pricedTerms>[0]) =>
      pricedTerms(price).some((term) => asked.includes(term));
    expect(isFound(null)).toBe(true);
    for (const cheaper of [amount, Math.floor(amount / 2), 1]) {
      if (cheaper <= amount) expect(isFound({ amount: cheaper, currency: "usd" })).toBe(true);
    }
    expect(isFound({ amount, currency: "eur" })).toBe(false);
  },
);
