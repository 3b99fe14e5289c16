/** What was decided about a listing. */
export const moderationActions = ["submitted", "approved", "rejected", "suspended", "reinstated"] as const;
export type ModerationAction = (typeof moderationActions)[number];

export interface ModerationEntry {
  readonly id: string;
  readonly packageId: string;
  readonly action: ModerationAction;
  readonly reason: string | null;
  /** The moderator; null for the publisher's own act. */
  readonly moderatorId: string | null;
  readonly at: Date;
}
