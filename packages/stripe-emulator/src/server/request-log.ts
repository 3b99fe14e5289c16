/** One request as the inspector shows it. */
interface LoggedRequest {
  id: string;
  /** Unix seconds on the emulator's clock. */
  at: number;
  method: string;
  path: string;
  account: string;
  idempotencyKey: string | null;
  replayed: boolean;
  status: number;
  /** Stripe's code of the error, if it was one. */
  code: string | null;
  fault: string | null;
  milliseconds: number;
}
export interface RequestLog {
  add(request: LoggedRequest): void;
  /** Newest first. */
  list(limit: number): LoggedRequest[];
  clear(): void;
}

const kept = 500;

/** The latest requests, in memory: they are for looking at, not for keeping. */
export function createRequestLog(): RequestLog {
  let requests: LoggedRequest[] = [];
  return {
    add(request) {
      requests.push(request);
      if (requests.length > 2 * kept) requests = requests.slice(-kept);
    },
    list: (limit) => requests.slice(-Math.min(limit, kept)).reverse(),
    clear() {
      requests = [];
    },
  };
}
