import { isIPv4, isIPv6 } from "node:net";

/**
 * The network that shares a limit: an IPv4 address as it is, an IPv6 address by its /64, since that is what one
 * household or server is given (RFC 6177) and can pick freely from. `::ffff:192.0.2.1` is an IPv4 address. Some proxies name a client
 * with its port, which changes with each connection, and so is no part of it; what is no address is all one network.
 * @example networkOf("2001:db8:1:2:aaaa::1"); // "2001:db8:1:2::/64"
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const host = withPort.exec(address);
  const [bare = ""] = (host?.[1] ?? host?.[2] ?? address).split("%");
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(bare);
  if (mapped) return mapped[1] ?? dotted(mapped[2], mapped[3]);
  if (!isIPv6(bare)) return isIPv4(bare) ? bare : "";
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** `192.0.2.1:1234`, `[2001:db8::1]:1234` and `[2001:db8::1]` */
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

function dotted(...groups: readonly (string | undefined)[]): string {
  const bytes = groups.map((group = "0") => Number.parseInt(group, 16)).flatMap((pair) => [pair >> 8, pair & 255]);
  return bytes.join(".");
}
