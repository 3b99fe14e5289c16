/** `npm start`: reads the settings, composes the server, seeds it, serves, and ends cleanly. */
import { fileURLToPath } from "node:url";
import { compose, type Service } from "./compose.ts";
import { type Config, readConfig, readEnvironment } from "./config.ts";
import { demoAccount } from "./demo.ts";
import { startFailure } from "./failure.ts";
import { assertPortFree, lingerMs } from "./listening.ts";
import { createLogger } from "./logging/logger.ts";
import { seedMarketplace } from "./seed/seed.ts";
import { startTracing } from "./tracing.ts";
import { welcome } from "./welcome.ts";

let config: Config | undefined;
let service: Service | undefined;
let stopTracing = async (): Promise<void> => {};
try {
  const environment = readEnvironment();
  config = readConfig(environment);
  stopTracing = await startTracing(environment);
  service = await start(config);
} catch (error) {
  const line = startFailure(error, config);
  console.error(line === null ? error : `✗ ${line}`);
  await service?.stop();
  process.exit(1);
}

async function start(settings: Config): Promise<Service> {
  const logger = createLogger(settings);
  const progress = (step: string) => console.log(`✓ ${step}`);
  await assertPortFree(settings);
  const composed = await compose(settings, logger, progress);
  service = composed;
  endOn(["SIGINT", "SIGTERM"], composed);
  const local = composed.emulator !== undefined;
  if (local) {
    // The source and the built server lie at the same depth below the repository's root.
    const modulesDirectory = fileURLToPath(new URL("../../../node_modules", import.meta.url));
    await seedMarketplace({ ...composed, modulesDirectory, logger });
    progress("marketplace seeded from the installed packages");
  }
  const demo = local ? await demoAccount(composed.auth, settings.dataDirectory) : undefined;
  const server = await composed.listen();
  console.log(welcome({ server, stripe: composed.emulator?.url, outbox: composed.hasOutbox }, demo));
  return composed;
}

/** The first signal ends the server in order; what keeps it longer than ten seconds is cut off. */
function endOn(signals: readonly NodeJS.Signals[], running: Service): void {
  let ending = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      setTimeout(() => process.exit(1), 10_000).unref();
      const end = async () => {
        // Ctrl-C is somebody who waits; SIGTERM is an orchestrator, whose load balancer is still to hear of it.
        await running.stop(signal === "SIGTERM" ? lingerMs : 0);
        await stopTracing();
      };
      end().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}
