import { createConfig, lintFromString } from "@redocly/openapi-core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startApi } from "./service.ts";

forEachDatabase("the document", (open) => {
  test("is valid OpenAPI 3.1, and a linter finds nothing to say", { timeout: 120_000 }, async () => {
    const { api } = await startApi(open);
    const config = await createConfig({ extends: ["recommended-strict"] });
    const problems = await lintFromString({ source: JSON.stringify(api.document), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer} ${message}`)).toEqual([]);
    const operations = Object.values(api.document.paths ?? {}).flatMap((item) => Object.values(item));
    for (const { operationId, responses, description } of operations) {
      expect(description, operationId).toMatch(/Needs /);
      expect(
        Object.keys(responses).some((status) => /^2..$|^302$/.test(status)),
        operationId,
      ).toBe(true);
    }
  });
});
