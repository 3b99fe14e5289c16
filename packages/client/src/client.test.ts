import { expect, test } from "vitest";
import { createRevopsClient } from "./client.ts";

test.for([
  ["https://api.example.com", undefined, "https://api.example.com/api/v1/health"],
  ["https://api.example.com/", undefined, "https://api.example.com/api/v1/health"],
  ["https://example.com/proxy", undefined, "https://example.com/proxy/api/v1/health"],
  // What every document of the API calls its base.
  ["https://api.example.com/api/v1", undefined, "https://api.example.com/api/v1/health"],
  ["https://api.example.com/api/v1/", undefined, "https://api.example.com/api/v1/health"],
  ["https://api.example.com", "/billing", "https://api.example.com/billing/health"],
  ["https://api.example.com", "billing/", "https://api.example.com/billing/health"],
  ["https://api.example.com/v2", "", "https://api.example.com/v2/health"],
  ["https://api.example.com/v2", "/", "https://api.example.com/v2/health"],
] as const)("at %s with the base path %j it asks %s", async ([baseUrl, basePath, address]) => {
  const asked: string[] = [];
  const answer = async ({ url }: Request) => {
    asked.push(url);
    return Response.json({ status: "ok" });
  };
  await createRevopsClient({ baseUrl, basePath, fetch: answer }).GET("/health");
  expect(asked).toEqual([address]);
});
