export {
  type EmulatorClock,
  type EmulatorLogger,
  type StripeEmulator,
  type StripeEmulatorOptions,
  startStripeEmulator,
  type WebhookEndpointOptions,
} from "./emulator/emulator.ts";
