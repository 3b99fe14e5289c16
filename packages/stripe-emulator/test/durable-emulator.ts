/** An emulator on a file, in a process of its own: to be killed. Tells its port to its parent. */
import { startStripeEmulator } from "../src/index.ts";

const [file, receiver] = process.argv.slice(2);
const emulator = await startStripeEmulator({
  file,
  webhookEndpoints: receiver ? [{ url: receiver, secret: "whsec_test" }] : [],
});
process.send?.(emulator.port);
