/** Where a request came from, as far as the caller knows: for the limits on guessing, and for the audit log. */
export interface Origin {
  /** The IP address of the client. */
  readonly address?: string | undefined;
  /** What it says it is: the `User-Agent` of HTTP. */
  readonly userAgent?: string | undefined;
}
