import { describe, expect, it } from "vitest";
import { canonicalJson } from "./json.ts";

describe("canonical JSON", () => {
  it("is the same for equal values, however deep their members are out of order", () => {
    const one = { b: [{ y: 1, x: 2 }], a: { d: null, c: "ä" } };
    const other = { a: { c: "ä", d: null }, b: [{ x: 2, y: 1 }] };
    expect(canonicalJson(one)).toBe(canonicalJson(other));
    expect(canonicalJson(one)).toBe('{"a":{"c":"ä","d":null},"b":[{"x":2,"y":1}]}');
  });

  it("differs where values differ: in the order of a list, in kind, in a missing member", () => {
    const values = [[1, 2], [2, 1], "1", 1, null, {}, [], { a: null }, { a: "null" }, true, "true"];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
  });

  it("numbers as keys and __proto__ are members like others", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"10":2,"9":3}'))).toBe(canonicalJson(JSON.parse('{"9":3,"10":2,"b":1}')));
    expect(canonicalJson(JSON.parse('{"__proto__":{"admin":true}}'))).toBe('{"__proto__":{"admin":true}}');
  });

  it("what JSON leaves out is left out: undefined members count as absent, dates are their ISO form", () => {
    expect(canonicalJson({ b: undefined, a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z"}');
  });
});
