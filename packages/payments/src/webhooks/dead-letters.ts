/** Events that could not be processed: the dead jobs of the inbox, shown as what they are about. */
import { isRevopsError } from "@revops/core";
import type { Database } from "@revops/database";
import type { DeadJob, Jobs } from "@revops/jobs";
import { paymentsErrors } from "../errors.ts";
import { isRecord } from "./signature.ts";
import type { Inbox } from "./store.ts";
import type { DeadLetter, DeadLetters, WebhookEvent } from "./webhook.ts";

export function createDeadLetters(options: {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly inbox: Inbox;
  /** The name of the jobs that process events. */
  readonly name: string;
}): DeadLetters {
  const { database, jobs, inbox, name } = options;

  /** Dead letters are few, or there is more to do than to look for one of them. */
  async function jobOf(eventId: string): Promise<DeadJob> {
    for (let after: string | undefined; ; ) {
      const page = await jobs.dead.list({ name, limit: 100, after });
      const found = page.data.find((job) => eventOf(job) === eventId);
      if (found) return found;
      if (page.next === null) throw paymentsErrors.webhook_event_not_found();
      after = page.next;
    }
  }

  return {
    async list(request) {
      const { data, next } = await jobs.dead.list({ ...request, name });
      const events = await inbox.findAll(database, data.map(eventOf));
      return { next, data: data.flatMap((job) => letterOf(job, events.get(eventOf(job)))) };
    },
    async get(eventId) {
      const [job, event] = [await jobOf(eventId), await inbox.find(database, eventId)];
      const [letter] = letterOf(job, event ?? undefined);
      if (!letter || !event) throw paymentsErrors.webhook_event_not_found();
      return { ...letter, body: event.body };
    },
    async replay(eventId) {
      const { id } = await jobOf(eventId);
      await jobs.dead.replay(id).catch((error: unknown) => {
        // Somebody else was faster: it is under way.
        if (!isRevopsError(error, "job_not_found")) throw error;
      });
    },
    replayAll: () => jobs.dead.replayAll(name),
  };
}

function eventOf({ payload }: DeadJob): string {
  return isRecord(payload) && typeof payload["eventId"] === "string" ? payload["eventId"] : "";
}

function letterOf({ attempts, lastError }: DeadJob, event: WebhookEvent | undefined): DeadLetter[] {
  if (!event) return [];
  const { id, type, objectId, state, createdAt, receivedAt, processedAt } = event;
  return [{ id, type, objectId, state, createdAt, receivedAt, processedAt, attempts, lastError }];
}
