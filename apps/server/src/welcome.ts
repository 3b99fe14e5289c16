/** What a person reads when the server has started. */
import type { DemoAccount } from "./demo.ts";

export function welcome(
  urls: { server: string; stripe: string | undefined; outbox: boolean },
  demo: DemoAccount | undefined,
): string {
  const api = `${urls.server}/api/v1`;
  const lines = [
    "",
    `  RevOps is ready    ${api}`,
    `  API reference      ${api}/docs`,
    `  OpenAPI document   ${api}/openapi.json`,
    ...(urls.stripe === undefined ? [] : [`  Local Stripe       ${urls.stripe}/_emulator`]),
    ...(urls.outbox ? [`  Outbox of letters  ${urls.server}/dev/outbox`] : []),
  ];
  if (demo) {
    const key = `-H 'X-Api-Key: ${demo.apiKey}'`;
    const json = "-H 'Content-Type: application/json'";
    lines.push(
      `  Demo user          ${demo.email}   password ${demo.password}`,
      `  Demo API key       ${demo.apiKey}`,
      "",
      "  Try:",
      `  curl -X POST ${api}/marketplace/search ${key} ${json} -d '{"query":"express"}'`,
      `  curl -X POST ${api}/billing/usage ${key} ${json} -d '{"id":"first","operation":"api_call","quantity":5}'`,
      `  curl ${api}/billing/usage ${key}`,
    );
  }
  return [...lines, "", "  Ctrl-C ends it.", ""].join("\n");
}
