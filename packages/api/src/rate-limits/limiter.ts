/** What a store of buckets makes, and the one that every other falls back to. */
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";

/** What a bucket holds, and for how long it lasts. */
export interface BucketShape {
  /** Buckets of one prefix are the same buckets, whatever they hold. */
  readonly keyPrefix: string;
  readonly points: number;
  readonly durationSeconds: number;
}

/** Takes from buckets. Every limiter of `rate-limiter-flexible` is one. */
export interface Limiter {
  /** Rejects with the state when the bucket is empty, and with an error when the limiter fails. */
  consume(key: string, cost: number): Promise<RateLimiterRes>;
  /**
   * The same at once where nobody need be asked, with the state of an empty bucket too; undefined, with nothing taken, where
   * {@link Limiter.consume} has to be called.
   */
  consumeNow?(key: string, cost: number): RateLimiterRes | undefined;
}

/** Makes the limiter of buckets of one shape. */
export type RateLimitStore = (shape: BucketShape) => Limiter;

/** In this process: right for one instance, and what the shared ones fall back to. */
export const memoryRateLimits = ({ keyPrefix, points, durationSeconds: duration }: BucketShape): RateLimiterMemory =>
  new RateLimiterMemory({ keyPrefix, points, duration });
