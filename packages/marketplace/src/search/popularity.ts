/**
 * The order in which matches are met. The position of a document is its popularity turned round, so that the index
 * gives the most popular matches first and the rest need not be looked at (design §8, Search).
 */
import { randomInt } from "node:crypto";

const buckets = 64;
/** What is left of a safe integer, and more than enough that two listings do not draw the same. */
const spread = 2 ** 46;

/**
 * Two steps for each doubling of the downloads: a position changes a few dozen times in the life of a listing, not
 * with each download.
 */
export function popularityBucket(downloads: number): number {
  return Math.min(buckets - 1, Math.floor(2 * Math.log2(1 + downloads)));
}

/** A place among the documents of as many downloads. Smaller is more popular. */
export function drawPosition(downloads: number): number {
  return (buckets - 1 - popularityBucket(downloads)) * spread + randomInt(spread);
}
