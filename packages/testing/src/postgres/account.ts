import { execFileSync } from "node:child_process";

/** The user that runs the server: `undefined` means the current one. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. Root (a container, mostly) lends the server the account that every system has for
 * processes that own nothing, so that no user needs to be created.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
