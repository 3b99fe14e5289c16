/** The one place that makes the `stripe` SDK. */
import Stripe from "stripe";
import { paymentsErrors } from "../errors.ts";

export interface GatewayOptions {
  /** `sk_…` or `rk_…`. */
  readonly secretKey: string;
  /** Where to speak to instead of Stripe, such as the emulator: `http://127.0.0.1:12111`. */
  readonly apiBase?: string | undefined;
  /** Repeats of a request that got no answer, with its own idempotency key; 2 unless said otherwise. */
  readonly maxNetworkRetries?: number | undefined;
  /** Milliseconds that an answer may take; 20,000 unless said otherwise. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Makes the client. Its API version is the one that the SDK's types describe.
 * @throws `stripe_misconfigured` for a blank key or an address that is no http(s) base
 */
export function createGateway({
  secretKey,
  apiBase,
  maxNetworkRetries = 2,
  timeoutMs = 20_000,
}: GatewayOptions): Stripe {
  if (secretKey.trim() === "") throw paymentsErrors.stripe_misconfigured({ detail: "Stripe's secret key is empty." });
  return new Stripe(secretKey, {
    maxNetworkRetries,
    timeout: timeoutMs,
    // Latencies of our calls are nobody's business, and of no use to an emulator.
    telemetry: false,
    appInfo: { name: "@revops/payments" },
    ...(apiBase === undefined ? {} : address(apiBase)),
  });
}

function address(apiBase: string): { host: string; port: string; protocol: "http" | "https" } {
  const url = URL.parse(apiBase);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/") {
    throw paymentsErrors.stripe_misconfigured({
      detail: "Stripe's base address is http(s)://host[:port], without a path.",
    });
  }
  const protocol = url.protocol === "https:" ? "https" : "http";
  return { protocol, host: url.hostname, port: url.port || (protocol === "https" ? "443" : "80") };
}
