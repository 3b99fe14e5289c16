/**
 * Where a crowd waits. Hundreds of log-ins at once are all read, routed, validated and looked up before the first password
 * of them is hashed, and whoever asks for something else meanwhile waits behind all of that. So few of them are let in at
 * once, one in each turn of the event loop; the others wait where they have cost next to nothing.
 */
import { AsyncResource } from "node:async_hooks";
import type { RequestHandler } from "express";
import type { Route } from "../routes/route.ts";

/** Enough to keep the threads busy that hash. */
const mostInside = 16;

/** @param basePath where the application has the routes; a router sees their own paths */
export function createCrowd(routes: readonly Route[], basePath: string): RequestHandler {
  const crowded = routes.filter(({ spec }) => spec.crowded).map(({ spec }) => `${spec.method} ${spec.path}`.split(" "));
  const doors = new Set(crowded.flatMap(([method, path]) => [`${method} ${path}`, `${method} ${basePath}${path}`]));
  const waiting = new Set<() => void>();
  let inside = 0;
  let opening = false;

  function open(): void {
    if (opening || inside >= mostInside || waiting.size === 0) return;
    opening = true;
    setImmediate(() => {
      opening = false;
      const [enter] = waiting;
      if (!enter) return;
      waiting.delete(enter);
      inside++;
      enter();
      open();
    });
  }

  return (request, response, next) => {
    if (!doors.has(`${request.method.toLowerCase()} ${request.path}`)) {
      next();
      return;
    }
    // Whoever is let in goes on as itself, not as the one who made room.
    const goOn = AsyncResource.bind(() => next());
    setImmediate(() => {
      // Who is still sending waits for nobody and takes nobody's place, or a few slow ones would keep all others out.
      if (!request.complete) {
        goOn();
        return;
      }
      let isInside = false;
      const enter = () => {
        isInside = true;
        goOn();
      };
      response.once("close", () => {
        waiting.delete(enter);
        if (isInside) inside--;
        open();
      });
      if (response.closed) return;
      waiting.add(enter);
      open();
    });
  };
}
