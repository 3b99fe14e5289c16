/** What this package tells the others, inside the transaction in which it happened. */
export interface SaasFacts {
  /** A subject's tier is another one from `at` on. */
  "tier.changed": {
    readonly subjectId: string;
    readonly from: string;
    readonly to: string;
    readonly at: Date;
  };
}
