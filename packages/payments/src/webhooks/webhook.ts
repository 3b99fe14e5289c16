import type { Page, PageRequest } from "@revops/core";

/** Said once the event is stored. */
export interface ReceivedWebhook {
  /** `evt_…` */
  readonly eventId: string;
  /** It was stored before; it is not processed again. */
  readonly duplicate: boolean;
}

/** `ignored`: of a type that we have no use for. */
export type EventState = "received" | "processed" | "ignored";

export interface WebhookCounts {
  /** Stored and not processed yet. */
  readonly received: number;
  readonly processed: number;
  /** Of types that we have no use for. */
  readonly ignored: number;
  /** Tried as often as they may be; they wait for {@link DeadLetters}. Not counted as `received`. */
  readonly dead: number;
}

/** How many events of a type were received, by what became of them. */
export interface TypeCount {
  readonly type: string;
  readonly state: EventState;
  readonly count: number;
}

/** An event in the inbox. */
export interface WebhookEvent {
  /** `evt_…` */
  readonly id: string;
  readonly type: string;
  /** What it is about: `pi_…`, `sub_…`; null for a type that we have no use for. */
  readonly objectId: string | null;
  readonly state: EventState;
  /** When it happened, to the second. */
  readonly createdAt: Date;
  readonly receivedAt: Date;
  readonly processedAt: Date | null;
}

/** An event that could not be processed. */
export interface DeadLetter extends WebhookEvent {
  readonly attempts: number;
  readonly lastError: string | null;
}

export interface EventsRequest extends PageRequest {
  readonly type?: string | undefined;
  readonly state?: EventState | undefined;
}

export interface DeadLetters {
  /** Newest first. */
  list(page: PageRequest): Promise<Page<DeadLetter>>;
  /** With the body as it was signed, for a week. @throws `webhook_event_not_found` */
  get(eventId: string): Promise<DeadLetter & { readonly body: string }>;
  /** Tries it again, with all its attempts. @throws `webhook_event_not_found` */
  replay(eventId: string): Promise<void>;
  /** Tries all again; answers with how many. */
  replayAll(): Promise<number>;
}
