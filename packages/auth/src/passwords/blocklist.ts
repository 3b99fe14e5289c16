import { minPasswordLength } from "./limits.ts";

/** Whether this is one of the passwords that many people have, in any mixture of cases. */
export type Blocklist = (password: string) => Promise<boolean>;

/**
 * The passwords that are tried first. `@zxcvbn-ts/language-common` brings 49,000 from real leaks (0.4 MB, read in about
 * 40 ms); only those long enough to pass the other rules are kept. Loaded at the first use, since many a process that
 * verifies tokens never sees a new password.
 */
export function createBlocklist(): Blocklist {
  let loading: Promise<ReadonlySet<string>> | undefined;
  return async (password) => {
    loading ??= load();
    return (await loading).has(password.toLowerCase());
  };
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].filter((password) => password.length >= minPasswordLength));
}
