/** The drivers' words for a database that cannot be asked or cannot write, read in one place. */

/** Ours, of Node's sockets, of PostgreSQL and of SQLite: whole codes. */
const codes = new Set([
  ...["database_unavailable", "database_busy"],
  ...["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"],
  // A disk that fails, and a standby that takes no writes, as after a fail-over.
  ...["58030", "25006"],
  "SQLITE_FULL",
]);
/** PostgreSQL's classes for a broken line, for a lack of room, memory or connections, and for a server that starts or stops. */
const classes = /^(08...|53...|57P..|SQLITE_(IOERR|READONLY|BUSY|CANTOPEN)(_.*)?)$/;
/** What `pg` has no code for. */
const messages = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/;

/**
 * Whether the database could not be asked or could not write, which says nothing about what it was asked: away, starting,
 * full, or busy for too long. Looks through what wraps the driver's error. It may be asked again later.
 * @example
 * if (isOutage(error)) response.status(503).set("Retry-After", "5");
 */
export function isOutage(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = "code" in current && typeof current.code === "string" ? current.code : undefined;
    if (code === undefined ? messages.test(current.message) : codes.has(code) || classes.test(code)) return true;
  }
  return false;
}
