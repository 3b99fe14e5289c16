/** The smallest SMTP server that takes letters (RFC 5321), on TCP, so that `smtpMail` is tested to the bytes it sends. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { onTestFinished } from "vitest";

export interface SmtpServer {
  readonly url: string;
  /** What came: the recipients of the envelope, and the letter as it was sent. */
  readonly received: { recipients: string[]; data: string }[];
  /** Whether it takes letters without ever saying so. */
  silent: boolean;
}

/** @param refuse how many letters it turns away for now (451) before it takes one */
export async function startSmtpServer(refuse = 0): Promise<SmtpServer> {
  const received: SmtpServer["received"] = [];
  const smtp = { received, silent: false };
  let refusals = refuse;
  const server = createServer((socket) => {
    let letter: { recipients: string[]; data: string } = { recipients: [], data: "" };
    let inData = false;
    let rest = "";
    const say = (line: string) => socket.write(`${line}\r\n`);
    say("220 test");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString();
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inData && line === ".") {
          inData = false;
          received.push(letter);
          letter = { recipients: [], data: "" };
          if (!smtp.silent) say("250 taken");
        } else if (inData) letter.data += `${line}\n`;
        else if (/^EHLO/i.test(line)) say("250 test");
        else if (/^MAIL/i.test(line) && refusals-- > 0) say("451 later");
        else if (/^RCPT/i.test(line)) {
          letter.recipients.push(/<(.*)>/.exec(line)?.[1] ?? "");
          say("250 ok");
        } else if (/^DATA/i.test(line)) {
          inData = true;
          say("354 go on");
        } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else say("250 ok");
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // A server that listens on TCP has an address with a port.
  return Object.assign(smtp, { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
