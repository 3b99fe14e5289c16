/** What goes on after a request was answered: letters, and what must take no time that a client could measure. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@revops/core";
import type { Mail, MailPort } from "./mail.ts";

export interface Deliveries {
  /** Delivers in the background. A letter that is lost in a crash is asked for again by its reader. */
  post(mail: Mail): void;
  /** Works in the background; what fails is logged. */
  run(work: () => Promise<void>): void;
  /** Waits for what is under way, which is not tried again after. */
  stop(): Promise<void>;
}

/** Between the tries for one letter. */
const pausesMs = [1_000, 10_000];

export function createDeliveries({ port, logger }: { port: MailPort | undefined; logger: Logger }): Deliveries {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function deliver(port: MailPort, mail: Mail): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await port.send(mail);
      } catch (error) {
        const pause = pausesMs[tries - 1];
        if (pause === undefined || stopping.signal.aborted) throw error;
        await sleep(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  const deliveries: Deliveries = {
    post(mail) {
      if (port) deliveries.run(() => deliver(port, mail));
    },
    run(work) {
      // The answer is written first: work that begins at once would be in its time.
      const done = new Promise((resume) => setImmediate(resume))
        .then(work)
        .catch((err: unknown) => logger.error({ err }, "a letter could not be sent"))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    async stop() {
      stopping.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
  return deliveries;
}
