/** What auth tells the packages that it does not know. */
export interface AuthFacts {
  /** Emitted inside the transaction that makes the user: a handler that throws leaves no user behind. */
  readonly "user.registered": {
    readonly userId: string;
    readonly email: string;
    readonly name: string | null;
    readonly at: Date;
  };
}
