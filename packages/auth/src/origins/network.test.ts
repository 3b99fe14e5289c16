import { expect, test } from "vitest";
import { networkOf } from "./network.ts";

test.for([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:0002::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::ffff:c000:201", "192.0.2.1"],
  // As the proxies of some clouds name a client: the port is another one with each connection.
  ["192.0.2.1:50123", "192.0.2.1"],
  ["[2001:db8:1:2::6]:50123", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::6]", "2001:db8:1:2::/64"],
  ["[::ffff:192.0.2.1]:1", "192.0.2.1"],
  // Nobody gets a limit of their own for making something up.
  ["", ""],
  ["garbage", ""],
  ["unknown", ""],
  ["999.0.2.1", ""],
  ["192.0.2.1:x", ""],
  ["[garbage]:1", ""],
] as const)("%s counts as %s", ([address, bucket]) => {
  expect(networkOf(address)).toBe(bucket);
});
