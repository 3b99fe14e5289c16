import type { MailPort } from "./mail.ts";

export interface SmtpMailOptions {
  /** `smtp://user:password@host:587` (STARTTLS when the server offers it), or `smtps://…` (TLS from the start). */
  readonly url: string;
  /** Who writes: `RevOps <no-reply@example.com>`. */
  readonly from: string;
}

const timeoutMs = 10_000;

/**
 * Delivers through an SMTP server.
 * @example createAuth({ database, tokens, mail: smtpMail({ url: process.env.SMTP_URL, from: "Us <no-reply@example.com>" }) });
 */
export function smtpMail({ url, from }: SmtpMailOptions): MailPort {
  let transport: ReturnType<typeof connect> | undefined;

  async function connect() {
    // Loaded for the first letter: whoever sends none does not pay for it.
    const { createTransport } = await import("nodemailer");
    const bounds = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
    // Addresses and texts never name a file or a URL to be fetched.
    return createTransport({ url, ...bounds, disableFileAccess: true, disableUrlAccess: true }, { from });
  }

  return {
    async send({ to, subject, text, html }) {
      transport ??= connect();
      // As an object: parsed as a list, "a@b.co,c@d.co" would be two.
      await (await transport).sendMail({ to: { name: "", address: to }, subject, text, html });
    },
  };
}
