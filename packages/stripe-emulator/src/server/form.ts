import qs from "qs";
import { invalidRequest } from "../errors.ts";

/** Query and body of a request as nested values: `items[0][price]=…`. Both together, as Stripe reads them. */
export function parseForm(query: string, body: string): Record<string, unknown> {
  const source = [query, body].filter((part) => part !== "").join("&");
  try {
    return qs.parse(source, {
      depth: 12,
      strictDepth: true,
      arrayLimit: 1_000,
      parameterLimit: 5_000,
      throwOnLimitExceeded: true,
    });
  } catch (error) {
    throw invalidRequest(`Invalid request: ${error instanceof Error ? error.message : "unreadable parameters"}`);
  }
}
