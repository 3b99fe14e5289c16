/** Why the server could not start, in one line that says what to do. */
import { statSync } from "node:fs";
import { isRevopsError } from "@revops/core";
import { type Config, ConfigError, databaseFile } from "./config.ts";

/** Null when the cause is not the user's to mend: then the whole error is worth seeing. */
export function startFailure(error: unknown, config: Config | undefined): string | null {
  if (error instanceof ConfigError) return error.message;
  if (!config) return null;
  if (isRevopsError(error, "database_unavailable")) return databaseAway(error, config);
  if (isRevopsError(error, "schema_newer") || isRevopsError(error, "migration_changed")) return error.message;
  if (isRevopsError(error, "stripe_misconfigured")) return "Stripe refuses the credentials. Check STRIPE_SECRET_KEY.";
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return `Port ${config.port} is in use. Stop what uses it, or take another: PORT=${config.port + 1} npm start`;
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `HOST ${config.host} is not an address of this machine.`;
  if (code === "EACCES" && config.port < 1024 && calledBy(error, "listen")) {
    return `Port ${config.port} may not be opened by this user. Take one above 1023: PORT=3000 npm start`;
  }
  if (code !== null && full.has(code)) return diskFull(config);
  if (code !== null && unwritable.has(code)) return dataUnwritable(config);
  if (code === "ENOENT" && calledBy(error, "mkdir")) return dataUnwritable(config);
  return null;
}

const full = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL"]);
const unwritable = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "SQLITE_CANTOPEN", "SQLITE_READONLY"]);

function databaseAway(error: Error, config: Config): string {
  if (config.databaseUrl.startsWith("file:")) {
    if (systemCode(error.cause) === "SQLITE_NOTADB")
      return `DATABASE_URL ${config.databaseUrl} is no SQLite database. Name another file.`;
    if (statSync(databaseFile(config.databaseUrl), { throwIfNoEntry: false })?.isDirectory())
      return `DATABASE_URL ${config.databaseUrl} is a folder. Name a file in it, such as ${config.databaseUrl}/revops.db`;
    return full.has(systemCode(error.cause) ?? "") ? diskFull(config) : dataUnwritable(config);
  }
  const cause = error.cause instanceof Error && error.cause.message !== "" ? ` (${error.cause.message})` : "";
  return `PostgreSQL does not answer at ${withoutPassword(config.databaseUrl)}${cause}. Check DATABASE_URL.`;
}

function diskFull(config: Config): string {
  return `The disk of the data folder ${config.dataDirectory} is full. Make room, or set DATABASE_URL=file:<path> elsewhere.`;
}

function dataUnwritable(config: Config): string {
  return `The data folder ${config.dataDirectory} cannot be written. Give this user the right to, or set DATABASE_URL=file:<path>.`;
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? parsed.host + parsed.pathname : "the given address";
}

function systemCode(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
  }
  return null;
}

function calledBy(error: unknown, call: string): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === call;
}
