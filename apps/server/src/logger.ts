/** One JSON object a line, with secrets taken out by path. */
import { pino } from "pino";
import type { Config } from "./config.ts";

const secretMembers = ["password", "token", "accessToken", "refreshToken", "key", "authorization", "cookie", "secret"];

export function createLogger({ logLevel }: Pick<Config, "logLevel">) {
  return pino({
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretMembers.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]), censor: "[secret]" },
  });
}
