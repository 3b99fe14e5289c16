/** Said once the event is stored. */
export interface ReceivedWebhook {
  /** `evt_…` */
  readonly eventId: string;
  /** It was stored before; it is not processed again. */
  readonly duplicate: boolean;
}

export interface WebhookCounts {
  /** Stored and not processed yet. */
  readonly received: number;
  readonly processed: number;
  /** Of types that we have no use for. */
  readonly ignored: number;
}
