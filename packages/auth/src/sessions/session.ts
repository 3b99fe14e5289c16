/** A session as its user sees it. */

export interface Session {
  /** `ses_…` */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When it ends unless it is carried on. */
  readonly expiresAt: Date;
}
