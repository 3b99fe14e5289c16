/**
 * Facts are how packages that do not know one another meet: the one that brings something about says so, inside its
 * transaction, and whoever was connected acts inside the same transaction. One request, one commit.
 */

/** Says that something happened. `FactMap` maps names to payloads, `Tx` is the transaction in which it happened. */
export interface FactEmitter<FactMap extends object, Tx> {
  /** Runs every handler of the fact, in the order they were connected; an error of one rolls the transaction back. */
  emit<Name extends keyof FactMap>(tx: Tx, name: Name, fact: FactMap[Name]): Promise<void>;
}

/** A registry of handlers; packages take it as their {@link FactEmitter}. */
export interface Facts<FactMap extends object, Tx> extends FactEmitter<FactMap, Tx> {
  /** Connects a handler. It must use the given `tx` only: another transaction would wait for this one for ever. */
  on<Name extends keyof FactMap>(name: Name, handler: (tx: Tx, fact: FactMap[Name]) => Promise<void>): void;
}

/**
 * Makes a registry.
 * @example
 * const facts = createFacts<PaymentsFacts & MarketplaceFacts, Tx>();
 * facts.on("subscription.changed", (tx, fact) => entitlements.assign({ subjectId: fact.subjectId, tier: fact.tier }, tx));
 * const payments = createPayments({ database, facts });
 */
export function createFacts<FactMap extends object, Tx>(): Facts<FactMap, Tx> {
  type Handler = (tx: Tx, fact: never) => Promise<void>;
  const handlers = new Map<keyof FactMap, Handler[]>();
  return {
    on(name, handler) {
      handlers.set(name, [...(handlers.get(name) ?? []), handler]);
    },
    async emit(tx, name, fact) {
      // `on` files a handler only under the name of the fact that it takes.
      for (const handler of handlers.get(name) ?? []) await handler(tx, fact as never);
    },
  };
}
