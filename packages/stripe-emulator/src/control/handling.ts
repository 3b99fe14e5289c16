/** What the handlers of the emulator's own addresses share. */
import type { Request, RequestHandler, Response } from "express";
import { StripeFailure } from "../errors.ts";
import { refusalPage } from "./inspector.ts";

function failureStatus(error: unknown): { status: number; message: string } {
  if (error instanceof StripeFailure) return { status: error.status, message: error.message };
  if (error instanceof RangeError) return { status: 400, message: error.message };
  throw error;
}

/** Whether a person looks, and not a program. */
export const wantsPage = (request: Request) => request.accepts(["json", "html"]) === "html";

export const query = (request: Request): URLSearchParams =>
  new URL(request.originalUrl, "http://localhost").searchParams;

/** A refusal is told as whoever asks reads it: a page to a person, JSON to a program. */
export const guarded =
  (handle: (request: Request, response: Response) => Promise<unknown> | unknown): RequestHandler =>
  async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const { status, message } = failureStatus(error);
      response.status(status);
      if (wantsPage(request)) response.send(refusalPage(message));
      else response.json({ error: { type: "invalid_request_error", message } });
    }
  };
