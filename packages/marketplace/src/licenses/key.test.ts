import { expect, test } from "vitest";
import { createLicenseKey, readLicenseKey } from "./key.ts";

const key = "rvl-7K2QX-0M3ZD-A9V1T-5WPCR-GH8NE";

test.for([
  key,
  key.toLowerCase(),
  key.toUpperCase(),
  ` ${key}\n`,
  "rvl-7k2qx-om3zd-a9vit-5wpcr-gh8ne",
  "RVL-7K2QX-OM3ZD-A9VLT-5WPCR-GH8NE",
])("%j is the key that was meant", (typed) => {
  expect(readLicenseKey(typed)).toBe(key);
});

test.for(["", "rvl-", "rvl-7k2qx", `${key}-AAAAA`, "ACME-o0l1", `x${key.toLowerCase()}`])(
  "%j is left as it is",
  (typed) => {
    expect(readLicenseKey(typed)).toBe(typed);
  },
);

test("what is made is read as itself", () => {
  for (let n = 0; n < 100; n++) {
    const made = createLicenseKey();
    expect(readLicenseKey(made.toLowerCase())).toBe(made);
  }
});
