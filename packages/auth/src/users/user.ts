/** A person who signed up. */

export type Role = "user" | "admin";

export interface User {
  /** `usr_…` */
  readonly id: string;
  /** In lower case, its domain in ASCII. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly role: Role;
  readonly createdAt: Date;
}
