/** Another process on the same database: says `good` and `refused` of each credential (`token@organization`) as that changes. */
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "@revops/database";
import { createAuth } from "../src/index.ts";
import { secret } from "./secret.ts";

const [url = "", ...credentials] = process.argv.slice(2);
const auth = createAuth({ database: openDatabase({ url }), tokens: { secret } });
auth.start();
const said = new Map<string, string>();
for (;;) {
  for (const [n, credential] of credentials.entries()) {
    const [bearer, organization] = credential.split("@");
    const state = await auth.authenticate({ bearer, organization }).then(
      () => "good",
      () => "refused",
    );
    if (said.get(credential) !== state) process.stdout.write(`${n} ${state}\n`);
    said.set(credential, state);
  }
  await sleep(5);
}
