import { isIPv6 } from "node:net";

/**
 * The network that shares a limit: an IPv4 address as it is, an IPv6 address by its /64, since that is what one
 * household or server is given (RFC 6177) and can pick freely from. `::ffff:192.0.2.1` is an IPv4 address.
 * @example networkOf("2001:db8:1:2:aaaa::1"); // "2001:db8:1:2::/64"
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [bare = ""] = address.split("%");
  if (!isIPv6(bare)) return address;
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
