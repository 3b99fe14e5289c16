import { expect, test } from "vitest";
import { wantedRange } from "./byte-range.ts";

test.for([
  ["bytes=0-0", { start: 0, end: 0 }],
  ["bytes=2-5", { start: 2, end: 5 }],
  ["bytes=8-", { start: 8, end: 9 }],
  ["bytes=8-99", { start: 8, end: 9 }],
  ["bytes=0-99999999999999999999", { start: 0, end: 9 }],
  ["bytes=-3", { start: 7, end: 9 }],
  ["bytes=-10", { start: 0, end: 9 }],
  ["bytes=-99", { start: 0, end: 9 }],
  ["bytes=-99999999999999999999", { start: 0, end: 9 }],
  ["Bytes = 1-2 ", { start: 1, end: 2 }],
  ["bytes=10-", "outside"],
  ["bytes=10-12", "outside"],
  ["bytes=-0", "outside"],
  ["bytes=-00", "outside"],
  ["bytes=5-2", null],
  ["bytes=0-1,4-5", null],
  ["bytes=0-1,20-30", null],
  ["bytes=-", null],
  ["bytes=", null],
  ["bytes=a-b", null],
  ["bytes=1.5-2", null],
  ["bytes=+1-2", null],
  ["items=0-1", null],
  ["0-1", null],
  [undefined, null],
] as const)("%j of ten bytes is %j", ([header, range]) => {
  expect(wantedRange(header, 10)).toEqual(range);
});
