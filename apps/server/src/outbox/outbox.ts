/**
 * Where letters wait on a machine without a mail server. In memory only: a copy of the database must hold no code, and
 * the log of the server neither.
 */
import type { IncomingMessage } from "node:http";
import type { MailPort } from "@revops/auth";
import type { Clock, Logger } from "@revops/core";
import express, { type Express } from "express";
import { outboxPage, type WaitingMail } from "./page.ts";

export interface Outbox extends MailPort {
  /** Whether a request is for the outbox. */
  serves(request: IncomingMessage): boolean;
  /** Answers with a page, or with JSON to who asks for it. */
  readonly app: Express;
}

const path = "/dev/outbox";
/** Older letters make room. */
const capacity = 100;

export function createOutbox({ clock, logger }: { clock: Clock; logger: Logger }): Outbox {
  const letters: WaitingMail[] = [];
  const app = express().disable("x-powered-by");
  app.get(path, (request, response) => {
    response.set({
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff",
    });
    if (request.accepts(["html", "json"]) === "json") response.json({ data: letters });
    else response.type("html").send(outboxPage(letters));
  });
  return {
    serves: ({ url = "" }) => url === path || url.startsWith(`${path}?`),
    app,
    async send(mail) {
      letters.unshift({ ...mail, at: clock.now() });
      letters.length = Math.min(letters.length, capacity);
      logger.info({ to: mail.to, subject: mail.subject }, "a letter waits at /dev/outbox");
    },
  };
}
