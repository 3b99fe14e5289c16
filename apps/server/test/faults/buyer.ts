/** A process that buys until it is killed: `buyer.ts <database> <stripe> <from> <to>`. It prints a line for each try. */
import { buyerOf, listingOf, openShop } from "./shop.ts";

const [url = "", apiBase = "", from = "0", to = "0"] = process.argv.slice(2);
const { database, marketplace } = openShop(url, apiBase);
const wanted = Array.from({ length: Number(to) - Number(from) }, (_, index) => Number(from) + index).values();

async function buy(): Promise<void> {
  for (const purchase of wanted) {
    const order = { buyerId: buyerOf(purchase), listingId: listingOf(purchase) };
    // What fails is tried again by the next process, as a person would.
    const outcome = await marketplace.orders.purchase(order).then(
      () => "bought",
      (error: { code?: string }) => error.code ?? "failed",
    );
    console.log(outcome);
  }
}
await Promise.all(Array.from({ length: 6 }, buy));
await database.close();
console.log("done");
