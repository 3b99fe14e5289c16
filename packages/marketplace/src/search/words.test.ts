import { expect, test } from "vitest";
import { fts5Query } from "./fts5.ts";
import { tsquery } from "./tsvector.ts";
import { beginning, beginningsOf, distinctWords, wordsOf } from "./words.ts";

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
  expect(fts5Query(["or", "·near"])).toBe('"or" "·near"');
  expect(tsquery(["or", "·near"])).toBe("'or' & '·near'");
});
