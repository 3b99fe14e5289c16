/**
 * Where a webhook may be sent. A customer names the address, our server makes the request: without this rule it would
 * fetch the cloud's metadata service or a database's port on the customer's behalf.
 * https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import { type LookupAddress, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { apiErrors } from "../problems/errors.ts";

/**
 * All of IPv6 that is given out. Outside of it a range without a name of its own is no address of anybody's, or, as in
 * `::7f00:1`, an IPv4 address in disguise. https://www.iana.org/assignments/ipv6-address-space
 */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an address belongs to the public internet; `fd00::1`, `169.254.169.254`, `::ffff:10.0.0.1` and `::127.0.0.1` do not. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === "unicast" && (address instanceof ipaddr.IPv4 || address.match(globalUnicast));
}

/** The address that a host is, without the brackets of one of IPv6; null when it is a name. */
export function addressOfHost(hostname: string): string | null {
  const host = hostname.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(host) ? host : null;
}

/** Names that never lead outside: RFC 6761, RFC 6762, RFC 9476. */
const innerNames = /(^|\.)(localhost|local|internal|test|invalid|example|onion|alt|home\.arpa)\.?$/i;

/**
 * Checks an address when it is named. What its name resolves to is checked again at each request, by {@link publicLookup}.
 * @throws `invalid_webhook_url`
 */
export function checkWebhookUrl(text: string, allowPrivate: boolean): string {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol)) throw invalid("It is not an http or https address.");
  if (url.username !== "" || url.password !== "") throw invalid("Credentials in an address end up in logs.");
  if (url.hash !== "") throw invalid("A fragment is never sent.");
  if (allowPrivate) return url.href;
  if (url.protocol !== "https:") throw invalid("It must be an https address.");
  // The parser has turned every spelling of an IPv4 address (`0x7f.1`, `2130706433`) into the usual one.
  const { hostname } = url;
  const address = addressOfHost(hostname);
  const isInner = address === null ? innerNames.test(hostname) || !hostname.includes(".") : !isPublicAddress(address);
  if (isInner) {
    throw invalid("It must be an address of the public internet.");
  }
  return url.href;
}

const invalid = (detail: string) => apiErrors.invalid_webhook_url({ detail });

/** The error of a name that leads inside; its code is in the delivery log. */
export class PrivateAddressError extends Error {
  readonly code = "private_address";
  constructor() {
    super("The name resolves to an address that is not of the public internet.");
  }
}

/**
 * Resolves a name for the very connection that is made, so that a name cannot lead outside when it is checked and
 * inside when it is used (DNS rebinding).
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error || !first) return callback(error ?? new Error("The name has no address."), "", 4);
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new PrivateAddressError(), "", 4);
    }
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
