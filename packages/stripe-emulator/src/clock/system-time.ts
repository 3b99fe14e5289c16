/** Real time in milliseconds: the one place that reads the machine's clock. Deliveries are retried by it, the emulator's clock is an offset to it. */
export const systemTime = (): number => Date.now();
