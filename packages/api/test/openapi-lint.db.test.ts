import { createConfig, lintFromString } from "@redocly/openapi-core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startApi } from "./service.ts";

forEachDatabase("the document", (open) => {
  test("is valid OpenAPI 3.1, and a linter finds nothing to say", { timeout: 120_000 }, async () => {
    const { api } = await startApi(open);
    // A route that only sends a browser on has no 2xx; that each has a success is asserted below.
    const rules = { "operation-2xx-response": "off" } as const;
    const config = await createConfig({ extends: ["recommended-strict"], rules });
    const problems = await lintFromString({ source: JSON.stringify(api.document), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer} ${message}`)).toEqual([]);
    const operations = Object.values(api.document.paths ?? {}).flatMap((item) => Object.values(item));
    for (const { operationId, responses } of operations) {
      expect(
        Object.keys(responses).some((status) => /^2..$|^302$/.test(status)),
        operationId,
      ).toBe(true);
    }
  });
});
