/** What auth asks of whatever delivers its letters. */

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
}

export interface MailPort {
  /** Resolves once the letter is accepted for delivery. Called again a little later when it rejects. */
  send(mail: Mail): Promise<void>;
}
