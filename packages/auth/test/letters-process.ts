/**
 * A server of its own that takes registrations and sends letters until it is killed: `letters-process.ts <database> <smtp>`.
 * Prints its address; `POST` with an e-mail address as body is answered with 201 when the user is registered.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { openDatabase } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { createAuth, smtpMail } from "../src/index.ts";
import { secret } from "./secret.ts";

const [url = "", smtp = ""] = process.argv.slice(2);
const database = openDatabase({ url });
// Who was killed is succeeded soon.
const jobs = createJobs({ database, pollMs: 50, leaseMs: 1_000 });
const mail = smtpMail({ url: smtp, from: "RevOps <no-reply@example.com>" });
const auth = createAuth({ database, jobs, mail, tokens: { secret } });
const server = createServer(async (request, response) => {
  const email = await text(request);
  const status = await auth.users.register({ email, password: "correct horse battery" }).then(
    () => 201,
    () => 500,
  );
  response.writeHead(status).end();
});
server.listen(0, "127.0.0.1", () => {
  jobs.start();
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
