/** A customer's endpoint and what it was sent, as they see it. */

export interface WebhookEndpoint {
  /** `whe_…` */
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** `*` is every type. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: Date;
}

/** With what signs its messages: shown when it is made or replaced, and never again. */
export interface NewWebhookEndpoint extends WebhookEndpoint {
  /** `whsec_…` */
  readonly secret: string;
}

/** `failed` was given up; it can be sent again. */
export type DeliveryState = "pending" | "delivered" | "failed";

export interface WebhookDelivery {
  /** `whd_…` */
  readonly id: string;
  /** The `webhook-id` of each of its tries. */
  readonly messageId: string;
  readonly type: string;
  readonly sequence: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
}

export interface WebhookDeliveryDetails extends WebhookDelivery {
  readonly payload: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  readonly log: readonly WebhookAttempt[];
}

export interface WebhookAttempt {
  readonly at: Date;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}
