import type { Mail, MailPort } from "../src/index.ts";

/** Where a test's letters arrive. */
export interface Inbox extends MailPort {
  readonly letters: Mail[];
  /** The code of the next letter of that kind to that address, once it has come; each letter is read once. */
  codeFor(to: string, subject: RegExp): Promise<string>;
}

export function createInbox(): Inbox {
  const letters: Mail[] = [];
  const next = (to: string, subject: RegExp) => {
    const found = letters.findIndex((letter) => letter.to === to && subject.test(letter.subject));
    return found < 0 ? undefined : /rvc_\S+/.exec(letters.splice(found, 1)[0]?.text ?? "")?.[0];
  };
  return {
    letters,
    send: async (mail) => void letters.push(mail),
    async codeFor(to, subject) {
      for (const end = performance.now() + 5_000; performance.now() < end; ) {
        const code = next(to, subject);
        if (code !== undefined) return code;
        await new Promise((resume) => setTimeout(resume, 5));
      }
      throw new Error(`No letter with a code came to ${to}.`);
    },
  };
}
