/** An API key as its owner sees it. */
import type { KeyLimits } from "../key-limits/limits.ts";

export interface ApiKey extends KeyLimits {
  /** `key_…` */
  readonly id: string;
  /** Who owns it, and pays for its use. */
  readonly subjectId: string;
  /** The user who made it. A key of an organization does what its maker may do there today, and ends with their membership. */
  readonly createdBy: string;
  readonly name: string;
  /** How the key begins: `rvk_<id>`. */
  readonly prefix: string;
  /** How it ends. */
  readonly last4: string;
  /** As it was made: `["*"]` is everything that a key may do, now and later. */
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** At most a minute late. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}
