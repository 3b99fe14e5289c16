/**
 * The order in which matches are met. The position of an entry is its popularity turned round, so that the index
 * gives the most popular matches first and the rest need not be looked at (design §8, Search).
 */
import { randomInt } from "node:crypto";

/** More than the popularity of a safe integer of downloads. */
const mostPopularity = 2 ** 15;
/** What is left of a safe integer, and enough that two listings seldom draw the same. */
const spread = 2 ** 38;
/** A place is good enough until the downloads are some 12 % more or less. */
const tolerance = 50;

/**
 * What downloads weigh in the ranking, in thousandths. Each tenfold adds as much as the first one: what is popular leads,
 * and does not bury the rest.
 */
export function popularityOf(downloads: number): number {
  return Math.round(1_000 * (1 + Math.log10(1 + downloads)));
}

/** A place among the entries of as many downloads. Smaller is more popular. */
export function drawPosition(downloads: number): number {
  return (mostPopularity - 1 - popularityOf(downloads)) * spread + randomInt(spread);
}

/** Whether a place is one for about so many downloads. */
export function fits(position: number, downloads: number): boolean {
  const popularity = mostPopularity - 1 - Math.floor(position / spread);
  return Math.abs(popularity - popularityOf(downloads)) <= tolerance;
}

/**
 * Whether the latest download was one after which a place is looked at again. Two in each doubling: a place changes a few
 * dozen times in the life of a listing, not with each download.
 */
export function isStep(downloads: number): boolean {
  return step(downloads) !== step(downloads - 1);
}

const step = (downloads: number) => Math.floor(2 * Math.log2(1 + downloads));
