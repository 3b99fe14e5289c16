/** One line for each request, with no secret in it: neither query nor body nor credential. */
import type { Clock, Logger } from "@revops/core";
import type { NextFunction, Request, Response } from "express";
import type { ObservedRequest } from "../metrics/metrics.ts";
import { requestIdOf } from "./request-id.ts";

/** What is known of a request while it runs; whoever learns something adds it. */
export interface RequestNotes {
  readonly requestId: string;
  /** The declared path: `/auth/keys/:id`. */
  route?: string;
  /** Where a tracer runs. */
  traceId?: string;
  subjectId?: string;
  /** The id of the key or session, never its text. */
  credential?: string;
  /** The code of the problem that was answered. */
  code?: string;
  /** What went wrong on our side. */
  err?: unknown;
}

export interface AccessLog {
  middleware(request: Request, response: Response, next: NextFunction): void;
  /** The notes of a request that went through the middleware. */
  notes(response: Response): RequestNotes;
}

/** Probes come every few seconds and say nothing. */
const quiet = ["/health", "/ready"];

export interface AccessLogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of each request that ended. */
  readonly observe?: (request: ObservedRequest) => void;
}

export function createAccessLog({ clock, logger, observe }: AccessLogOptions): AccessLog {
  const known = new WeakMap<Response, RequestNotes>();

  function write(request: Request, response: Response, notes: RequestNotes, startedAt: number): void {
    const { statusCode: status, writableFinished } = response;
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    observe?.({ method: request.method, route: notes.route, status, durationMs });
    const line = {
      method: request.method,
      path: pathOf(request),
      status,
      durationMs,
      address: request.ip,
      ...(writableFinished ? {} : { aborted: true }),
      ...notes,
    };
    if (status >= 500 || notes.err !== undefined) logger.error(line, "request failed");
    else if (notes.route !== undefined && quiet.includes(notes.route)) logger.debug(line, "request");
    else logger.info(line, "request");
  }

  return {
    middleware(request, response, next) {
      const startedAt = performance.now();
      const notes: RequestNotes = { requestId: requestIdOf(request.headers["x-request-id"], clock.now()) };
      known.set(response, notes);
      response.setHeader("X-Request-Id", notes.requestId);
      response.once("close", () => write(request, response, notes, startedAt));
      next();
    },
    notes(response) {
      const notes = known.get(response);
      if (!notes) throw new Error("The request did not go through the access log.");
      return notes;
    },
  };
}

/** The path that was asked for, without its query, where secrets may be. */
export function pathOf(request: Request): string {
  return request.originalUrl.split("?", 1)[0] ?? "/";
}
