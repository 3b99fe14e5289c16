/** A composed server for a test, with everything real: its own data folder, its own Stripe, its own port. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLogger } from "@revops/core";
import { onTestFinished } from "vitest";
import { compose, type Service } from "../src/compose.ts";
import { readConfig } from "../src/config.ts";
import { seedMarketplace } from "../src/seed/seed.ts";

export interface TestServer {
  readonly url: string;
  readonly service: Service;
  readonly dataDirectory: string;
  /** Milliseconds of the server's clock. */
  now(): number;
  /** Moves the virtual clock on, through the emulator's own HTTP, as a user would. */
  advance(seconds: number): Promise<void>;
}

export async function startServer(options: {
  databaseUrl: string;
  seed?: boolean;
  environment?: Record<string, string>;
}): Promise<TestServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "revops-server-"));
  const environment = {
    DATABASE_URL: options.databaseUrl,
    PORT: "0",
    STRIPE_EMULATOR_PORT: "0",
    RATE_LIMIT_PER_MINUTE: "0",
    ...options.environment,
  };
  const service = await compose({ ...readConfig(environment), dataDirectory }, silentLogger);
  onTestFinished(async () => {
    await service.stop();
    await rm(dataDirectory, { recursive: true });
  });
  if (options.seed) {
    const modulesDirectory = fileURLToPath(new URL("../../../node_modules", import.meta.url));
    await seedMarketplace({ ...service, modulesDirectory, logger: silentLogger });
  }
  const url = await service.listen();
  return {
    url,
    service,
    dataDirectory,
    now: () => service.clock.now().getTime(),
    async advance(seconds) {
      const response = await fetch(`${service.emulator?.url}/_emulator/clock`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ advanceSeconds: seconds }),
      });
      if (!response.ok) throw new Error(`The clock did not move: ${await response.text()}`);
    },
  };
}
