import { expect, test } from "vitest";
import { exceedsJsonLimits } from "./json-shape.ts";

const limits = { depth: 3, members: 4 };
const exceeds = (text: string) => exceedsJsonLimits(Buffer.from(text), limits);

test.for([
  ["[[[1]]]", false],
  ["[[[[1]]]]", true],
  ["[[1],[[2]]]", false],
  ['"[[[[[["', false],
  ['"\\"[[[[[["', false],
  ['"\\\\"', false],
  ['["\\\\",[[[1]]]]', true],
  ["[1,2,3,4]", false],
  ["[1,2,3,4,5]", true],
  ['{"a":1,"b":{"c":1,"d":[1,2]}}', false],
  ['{"a":1,"b":{"c":1,"d":[1,2,3]}}', true],
  ["", false],
] as const)("%s", ([text, expected]) => {
  expect(exceeds(text)).toBe(expected);
});
