/** A setting that cannot be used; its message is the one line that the user sees. */
export class ConfigError extends Error {}
