/**
 * A process that charges for the subscriptions which are due, and dies at a step of that:
 * `renewer.ts <database> <stripe> <milliseconds that it is later> <step, or 0>`, with `kill-at.mjs` loaded before it.
 */
import { openShop } from "../faults/shop.ts";

declare global {
  var killAt: (step: number) => () => void;
}

const [url = "", apiBase = "", ahead = "0", step = "0"] = process.argv.slice(2);
const { database, marketplace } = openShop(url, apiBase, { now: () => new Date(Date.now() + Number(ahead)) });
await database.ping();
const ended = globalThis.killAt(Number(step));
console.log(JSON.stringify(await marketplace.orders.renewDue()));
ended();
await database.close();
