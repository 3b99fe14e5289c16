export type { EmulatorClock } from "./clock/emulator-clock.ts";
export {
  type EmulatorLogger,
  type StripeEmulator,
  type StripeEmulatorOptions,
  startStripeEmulator,
  type WebhookEndpointOptions,
} from "./emulator/emulator.ts";
export type { Fault, FaultOptions, Faults, RequestFaultOptions, WebhookFaultOptions } from "./faults/faults.ts";
export type { Seed, SeedCall } from "./seed/seed.ts";
export type { AfterLastRetry, BillingSettings } from "./settings/billing-settings.ts";
