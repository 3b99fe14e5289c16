/** What each request goes through first, whoever answers it. */
import type { ServerResponse } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { AccessLog } from "../access-log/access-log.ts";
import { crossOrigin, securityHead } from "../security/headers.ts";
import { traced } from "../tracing/tracing.ts";
import { type Exchange, setHead } from "./exchange.ts";
import { hostFault } from "./host.ts";
import type { ApiRequest } from "./request.ts";
import { neverStored } from "./write.ts";

export interface Edge {
  /** Begins an exchange whose answer is written with its whole {@link Exchange.head} at once, and runs `work` as a part of it. */
  enter(request: ApiRequest, response: ServerResponse, work: (exchange: Exchange) => void): void;
  /**
   * The same for what Express passes on from handler to handler: what every answer has is set on the response, and the
   * exchange is found again by it.
   */
  readonly middleware: RequestHandler;
  /** Whether a request went through {@link Edge.middleware}. */
  knows(response: ServerResponse): boolean;
  /** The exchange of a request that went through {@link Edge.middleware}. */
  exchangeOf(response: ServerResponse): Exchange;
}

export interface EdgeOptions {
  readonly accessLog: AccessLog;
  readonly corsOrigins: readonly string[];
  /** Whether a connection ends with its answer. */
  readonly isClosing: () => boolean;
}

export function createEdge({ accessLog, corsOrigins, isClosing }: EdgeOptions): Edge {
  const security = securityHead();
  const shareWithScripts = corsOrigins.length > 0 ? crossOrigin(corsOrigins) : undefined;
  const known = new WeakMap<ServerResponse, Exchange>();

  function begin(request: ApiRequest, response: ServerResponse): Exchange {
    const notes = accessLog.begin(request, response);
    const head = [...security, "X-Request-Id", notes.requestId];
    if (isClosing()) head.push("Connection", "close");
    return { notes, head };
  }

  return {
    enter(request, response, work) {
      const exchange = begin(request, response);
      const run = () => traced(request, response, exchange.notes, () => work(exchange));
      // It reads and sets header fields only, and calls back at once, unless it answers the request itself, which it does for preflights only.
      if (shareWithScripts) shareWithScripts(request as Request, response as Response, run);
      else run();
    },

    middleware(request: Request, response: Response, next: NextFunction) {
      const { notes, head } = begin(request, response);
      known.set(response, { notes, head: [] });
      setHead(response, head);
      // Unless its route says otherwise, no answer is kept by anyone on its way.
      response.setHeader("Cache-Control", neverStored);
      const fault = hostFault(request);
      if (fault) return next(fault);
      traced(request, response, notes, () => {
        if (shareWithScripts) shareWithScripts(request, response, next);
        else next();
      });
    },

    knows: (response) => known.has(response),

    exchangeOf(response) {
      const exchange = known.get(response);
      if (!exchange) throw new Error("The request did not go through the edge.");
      return exchange;
    },
  };
}
