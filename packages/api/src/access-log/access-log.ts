/** One line for each request, with no secret in it: neither query nor body nor credential. */
import type { ServerResponse } from "node:http";
import type { Clock, Logger } from "@revops/core";
import type { RequestNotes } from "../edge/exchange.ts";
import type { ApiRequest } from "../edge/request.ts";
import type { ObservedRequest } from "../metrics/metrics.ts";
import { requestIdOf } from "./request-id.ts";

export interface AccessLog {
  /** Begins to watch a request. Its line is written when its answer is, or when it was broken off. */
  begin(request: ApiRequest, response: ServerResponse): RequestNotes;
}

/** What stands in a download link opens it for whoever reads it, without credentials. */
const linkToken = /(\/marketplace\/downloads\/)[^/]+/;

/** Probes come every few seconds and say nothing. */
const quiet = ["/health", "/ready"];

export interface AccessLogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of each request that ended. */
  readonly observe?: (request: ObservedRequest) => void;
}

export function createAccessLog({ clock, logger, observe }: AccessLogOptions): AccessLog {
  function write(request: ApiRequest, response: ServerResponse, notes: RequestNotes, startedAt: number): void {
    const { statusCode: status, writableFinished } = response;
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    observe?.({ method: request.method, route: notes.route, status, durationMs });
    const line = {
      method: request.method,
      path: pathOf(request).replace(linkToken, "$1[secret]"),
      status,
      durationMs,
      ...(writableFinished ? {} : { aborted: true }),
      ...notes,
    };
    // One that shuts down has not failed.
    const hasFailed = notes.err !== undefined || (status >= 500 && notes.code !== "draining");
    if (hasFailed) logger.error(line, "request failed");
    else if (notes.route !== undefined && quiet.includes(notes.route)) logger.debug(line, "request");
    else logger.info(line, "request");
  }

  return {
    begin(request, response) {
      const startedAt = performance.now();
      const notes: RequestNotes = {
        // Asked now: a connection that is gone has none any more.
        address: request.ip,
        requestId: requestIdOf(request.headers["x-request-id"], clock.now()),
      };
      response.once("close", () => write(request, response, notes, startedAt));
      return notes;
    },
  };
}

/** The path that was asked for, without its query, where secrets may be. */
export function pathOf(request: ApiRequest): string {
  return withoutQuery(request.originalUrl);
}

export function withoutQuery(url: string): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}
