#!/usr/bin/env node
import { parseArgs } from "node:util";
import { startStripeEmulator } from "./emulator/emulator.ts";

const usage = `Usage: stripe-emulator [options]
  --port <number>      port to listen on (12111)
  --host <address>     address to listen on (127.0.0.1)
  --file <path>        SQLite file for the state (in memory when left out)
  --webhook <url>      where to post events; may be repeated
  --secret <whsec_…>   signing secret of those endpoints (one is made when left out)
  --help`;

/** What went wrong, and what to do about it where that is known. */
function sentenceOf(error: unknown): string {
  const { code, message } = error instanceof Error ? { code: undefined, ...error, message: error.message } : {};
  if (code === "EADDRINUSE") return `${message}. Name another port with --port, or end what listens there.`;
  if (code === "SQLITE_CANTOPEN")
    return "The file of the state cannot be opened: its folder must exist and be writable.";
  return message ?? String(error);
}

try {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "12111" },
      host: { type: "string", default: "127.0.0.1" },
      file: { type: "string" },
      webhook: { type: "string", multiple: true, default: [] },
      secret: { type: "string" },
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
    const emulator = await startStripeEmulator({ port, host: values.host, file: values.file, logger: console });
    for (const url of values.webhook) {
      const endpoint = await emulator.addWebhookEndpoint({ url, secret });
      console.log(`Webhooks to ${url}, signed with ${endpoint.secret}`);
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
