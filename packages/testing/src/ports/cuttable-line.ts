import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut, as when the server or the network is away. */
export interface CuttableLine {
  /** The server's address, by way of the line. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. Safe to call twice. */
  cut(): void;
  /** Leads to the server again, at the same address. */
  mend(): Promise<void>;
}

/**
 * Stands between a program and a server, such as PostgreSQL, so that a test can see what it does without it.
 *
 * @param url of a server on TCP, `postgres://…`
 * @example
 * const line = await cuttableLine(postgresUrl);
 * const database = openDatabase({ url: line.url });
 * line.cut();
 * await expect(database.ping()).rejects.toMatchObject({ code: "database_unavailable" });
 */
export async function cuttableLine(url: string): Promise<CuttableLine> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => undefined);
      end.on("close", () => sockets.delete(end));
    }
    socket.pipe(upstream).pipe(socket);
  });
  const listen = async (wished: number) => {
    server.listen(wished, "127.0.0.1");
    await once(server, "listening");
    // A TCP server's address is an object.
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const through = new URL(url);
  through.host = `127.0.0.1:${port}`;
  return {
    url: through.href,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    mend: async () => void (await listen(port)),
  };
}
