#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startStripeEmulator } from "./emulator/emulator.ts";
import { readSeed } from "./seed/seed.ts";

const usage = `Usage: stripe-emulator [options]
  --port <number>          port to listen on (12111)
  --host <address>         address to listen on (127.0.0.1)
  --file <path>            SQLite file for the state (in memory when left out)
  --webhook <url>          where to post events; may be repeated
  --secret <whsec_…>       signing secret of those endpoints (one is made when left out)
  --connect-webhook <url>  where to post the events of connected accounts; may be repeated
  --seed <path>            calls to begin with, in the format of the Stripe CLI's fixtures; only into an empty state
  --clock <time>           the time to begin at, such as 2030-01-31T12:00:00Z; not before the present one
  --help`;

/** What went wrong, and what to do about it where that is known. */
function sentenceOf(error: unknown): string {
  const { code, message } = error instanceof Error ? { code: undefined, ...error, message: error.message } : {};
  if (code === "EADDRINUSE") return `${message}. Name another port with --port, or end what listens there.`;
  if (code === "SQLITE_CANTOPEN")
    return "The file of the state cannot be opened: its folder must exist and be writable.";
  return message ?? String(error);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`--seed ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(time.getTime()))
    throw new Error(`--clock must be a time such as 2030-01-31T12:00:00Z, not ${text}`);
  return time;
}

try {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "12111" },
      host: { type: "string", default: "127.0.0.1" },
      file: { type: "string" },
      webhook: { type: "string", multiple: true, default: [] },
      secret: { type: "string" },
      "connect-webhook": { type: "string", multiple: true, default: [] },
      seed: { type: "string" },
      clock: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { secret } = values;
  if (values.help) {
    console.log(usage);
  } else {
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new Error(`--port must be a number from 0 to 65535, not ${values.port}`);
    const seed = values.seed === undefined ? undefined : readSeed(readJson(values.seed));
    const clock = values.clock === undefined ? undefined : readTime(values.clock);
    const emulator = await startStripeEmulator({ port, host: values.host, file: values.file, seed, logger: console });
    try {
      if (clock !== undefined) await emulator.clock.advance(clock);
      for (const url of values.webhook) {
        const endpoint = await emulator.addWebhookEndpoint({ url, secret });
        console.log(`Webhooks to ${url}, signed with ${endpoint.secret}`);
      }
      for (const url of values["connect-webhook"]) {
        const endpoint = await emulator.addWebhookEndpoint({ url, secret, connect: true });
        console.log(`Connect webhooks to ${url}, signed with ${endpoint.secret}`);
      }
    } catch (error) {
      await emulator.close();
      throw error;
    }
    const stop = () => {
      emulator.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  }
} catch (error) {
  console.error(`${sentenceOf(error)}\nSee stripe-emulator --help.`);
  process.exitCode = 1;
}
