/** The logger that packages speak to. `pino` fits as it is. */

/** One structured line: members first, then what happened. */
type Log = (members: object, message: string) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

const ignore: Log = () => undefined;

/** Says nothing; what a package uses when it is given no logger. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
