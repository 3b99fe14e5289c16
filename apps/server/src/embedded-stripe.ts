/** The local Stripe that runs inside the server when no account is set up. */
import { join } from "node:path";
import { type Logger, randomToken } from "@revops/core";
import { type StripeEmulator, startStripeEmulator } from "@revops/stripe-emulator";
import type { StripeConfig } from "./config.ts";
import { keptSecret } from "./secrets.ts";

export interface EmbeddedStripe {
  readonly emulator: StripeEmulator;
  readonly stripe: StripeConfig;
  /** Has webhooks delivered to the server, from where it listens now. */
  deliverTo(url: string): Promise<void>;
}

/** Starts it over a state of its own beside the server's data. Takes another port when the wished one is in use. */
export async function startEmbeddedStripe(options: {
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}): Promise<EmbeddedStripe> {
  const { dataDirectory, host, port, logger } = options;
  const webhookSecret = await keptSecret(dataDirectory, "stripe-webhook-secret", () => `whsec_${randomToken()}`);
  const say = (level: "debug" | "warn" | "error") => (message: string) =>
    logger[level]({ part: "stripe-emulator" }, message);
  const start = (wished: number) =>
    startStripeEmulator({
      host,
      port: wished,
      file: join(dataDirectory, "stripe.db"),
      logger: { info: say("debug"), warn: say("warn"), error: say("error") },
    });
  const emulator = await start(port).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return start(0);
    throw error;
  });
  return {
    emulator,
    stripe: { secretKey: "sk_test_embedded", webhookSecret: [webhookSecret], apiBase: emulator.url },
    async deliverTo(url) {
      await emulator.addWebhookEndpoint({ url, secret: webhookSecret });
      // What happens to publishers' accounts is told to Connect endpoints alone. https://docs.stripe.com/connect/webhooks
      const ofAccounts = { connect: true, enabledEvents: ["account.updated"] };
      await emulator.addWebhookEndpoint({ url, secret: webhookSecret, ...ofAccounts });
    },
  };
}
