import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Logger, silentLogger } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import express, { type Express } from "express";
import { expect, onTestFinished, test } from "vitest";
import { eventBody, signatureAttacks, signed } from "../../test/signature-attacks.ts";
import { openWorld } from "../../test/world.ts";
import { webhookRouter } from "./express.ts";

async function serve(app: Express): Promise<string> {
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server's address is an object.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function post(url: string, body: Buffer, signature?: string | string[]) {
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  for (const one of typeof signature === "string" ? [signature] : (signature ?? [])) {
    headers.append("stripe-signature", one);
  }
  const response = await fetch(`${url}/webhooks`, { method: "POST", headers, body: new Uint8Array(body) });
  const { code, received } = (await response.json()) as { code?: string; received?: boolean };
  return { status: response.status, code, received };
}

async function opened(open: OpenDatabase, mount: (app: Express, router: express.RequestHandler) => void) {
  const world = await openWorld(open);
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_members, message) => void errors.push(message) };
  const app = express();
  mount(app, webhookRouter(world.payments, { logger }));
  const now = Math.floor(world.clock.now().getTime() / 1_000);
  return { ...world, server: await serve(app), errors, now };
}

/** HTTP itself refuses what is no Latin-1, and takes blanks at the ends away. */
const travels = (signature: string | string[] | undefined) =>
  [signature ?? []].flat().every((one) => /^[\x21-\x7e][\x20-\x7e]*$/.test(one) && one.length < 10_000);

forEachDatabase("the webhook router", (open) => {
  test("takes the raw bytes and answers once they are stored; the same event again is a duplicate", async () => {
    const { server, payments, now } = await opened(open, (app, router) => {
      app.use("/webhooks", router);
      app.use(express.json());
    });
    const body = eventBody("evt_1");
    for (let n = 0; n < 2; n++) {
      expect(await post(server, body, signed(body, now))).toEqual({ status: 200, code: undefined, received: true });
    }
    expect((await payments.webhooks.counts()).ignored).toBe(1);
    expect((await fetch(`${server}/webhooks`)).status).toBe(405);
    const large = Buffer.alloc(1_000_001, 32);
    expect(await post(server, large, signed(large, now))).toMatchObject({ status: 413, code: "payload_too_large" });
  });

  test("refuses every attack that HTTP lets through", async () => {
    const { server, payments, clock } = await opened(open, (app, router) => app.use("/webhooks", router));
    const attacks = signatureAttacks(clock.now()).attacks.filter(
      // One header in a list of one is one header, over HTTP.
      ({ name, signature }) => travels(signature) && name !== "an array of one good header",
    );
    expect(attacks.length).toBeGreaterThanOrEqual(60);
    for (const { name, raw, signature } of attacks) {
      expect(await post(server, raw, signature), name).toMatchObject({ status: 400, code: "invalid_signature" });
    }
    expect(await payments.webhooks.counts()).toEqual({ received: 0, processed: 0, ignored: 0, dead: 0 });
  });

  test("after a body parser it says what is wrong, at the first request, and stores nothing", async () => {
    const { server, payments, now, errors } = await opened(open, (app, router) => {
      app.use(express.json());
      app.use("/webhooks", router);
    });
    const body = eventBody("evt_1");
    expect(await post(server, body, signed(body, now))).toMatchObject({ status: 500, code: "webhook_body_consumed" });
    expect(errors).toEqual(["webhooks cannot be received"]);
    expect((await payments.webhooks.counts()).ignored).toBe(0);
  });

  test("after express.raw() it takes the bytes that were read", async () => {
    const { server, now } = await opened(open, (app, router) => {
      app.use(express.raw({ type: "*/*" }));
      app.use("/webhooks", router);
    });
    const body = eventBody("evt_1");
    expect(await post(server, body, signed(body, now))).toMatchObject({ status: 200 });
    expect(await post(server, body, signed(body, now, "whsec_other"))).toMatchObject({ status: 400 });
  });

  test("a database that is away is the application's to answer, so that Stripe delivers again", async () => {
    const failing = { webhooks: { receive: () => Promise.reject(new Error("the database is away")) } };
    const app = express();
    app.use("/webhooks", webhookRouter(failing));
    app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(503).json({ code: error.message });
    });
    const body = eventBody("evt_1");
    expect(await post(await serve(app), body, "x")).toMatchObject({ status: 503, code: "the database is away" });
  });
});
