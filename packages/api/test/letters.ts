import { setTimeout as sleep } from "node:timers/promises";
import type { Mail, MailPort } from "@revops/auth";

/** Where a test's letters arrive. */
export interface Letters extends MailPort {
  /** The code of the next such letter to that address, once it has come; each letter is read once. */
  codeFor(to: string, subject?: RegExp): Promise<string>;
}

export function createLetters(): Letters {
  const letters: Mail[] = [];
  return {
    send: async (mail) => void letters.push(mail),
    async codeFor(to, subject = /^Join/) {
      for (const end = performance.now() + 10_000; performance.now() < end; await sleep(10)) {
        const found = letters.findIndex((letter) => letter.to === to && subject.test(letter.subject));
        const [letter] = found < 0 ? [] : letters.splice(found, 1);
        const code = /rvc_\S+/.exec(letter?.text ?? "")?.[0];
        if (code !== undefined) return code;
      }
      throw new Error(`No letter with a code came to ${to}.`);
    },
  };
}
