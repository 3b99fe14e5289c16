import { channel } from "node:diagnostics_channel";

/** A call as it arrived: the route's path with its `:names`, and the parameters of query and body before they are checked. */
export interface ReceivedCall {
  method: "get" | "post" | "delete";
  route: string;
  values: Record<string, unknown>;
}

const calls = channel("@revops/stripe-emulator:call");

/**
 * Tells whoever listens on the diagnostics channel `@revops/stripe-emulator:call` what was asked for, so that a test run can
 * check every call against the SDK's own types. Costs nothing while nobody listens.
 */
export function publishCall(call: ReceivedCall): void {
  if (calls.hasSubscribers) calls.publish(call);
}
