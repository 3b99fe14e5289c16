import { channel } from "node:diagnostics_channel";

/** A call as it arrived: the route's path with its `:names`, and the parameters of query and body. */
export interface ReceivedCall {
  method: string;
  /** The path itself where the emulator does not serve it. */
  route: string;
  values: Record<string, unknown>;
  /** The emulator refuses these parameters. */
  refused: boolean;
  /** There is no such route. */
  unserved?: true;
}

const calls = channel("@revops/stripe-emulator:call");

/** Whether anyone wants to know. Nothing is done for nobody. */
export const listened = (): boolean => calls.hasSubscribers;

/**
 * Tells whoever listens on the diagnostics channel `@revops/stripe-emulator:call` what was asked for, so that a test run can
 * check every call against the SDK's own types.
 */
export function publishCall(call: ReceivedCall): void {
  calls.publish(call);
}
