import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";

/** Serves on a free port and prints the address, which `start.ts` waits for. */
export function serve(app: Express): void {
  const server = app.listen(0, "127.0.0.1", () => announce(server));
}

export function announce(server: Server): void {
  // A server that listens on TCP has an address with a port.
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
