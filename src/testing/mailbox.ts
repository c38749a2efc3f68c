// The mails that were sent, instead of a mail server.

import { type Message, type Transport } from '../mail/message.js';

export interface TestMail extends Message {
  /** The link in it: the operation that takes its token. Null where no link has one. */
  readonly link: { readonly url: string; readonly operation: string; readonly token: string } | null;
}

export interface Mailbox {
  /** Every mail so far, the oldest first. */
  readonly mails: readonly TestMail[];
  /**
   * Takes the oldest mail to this email that no call has taken yet, and waits for it.
   *
   * @param subject the pattern of its subject
   * @throws when none arrives within 10 s
   */
  next(to: string, subject?: RegExp): Promise<TestMail>;
}

const maxWaitMs = 10_000;

export function createMailbox(): Mailbox & { readonly send: Transport['send'] } {
  const mails: TestMail[] = [];
  const taken = new Set<TestMail>();
  const waiting = new Set<() => void>();

  return {
    mails,
    next: (to, subject = /./) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = mails.find(
            (mail) => mail.to === to && subject.test(mail.subject) && !taken.has(mail),
          );
          if (found === undefined) return;
          taken.add(found);
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`No mail to ${to} with a subject like ${String(subject)} arrived.`));
        }, maxWaitMs);
        waiting.add(look);
        look();
      }),
    send(_id, message) {
      mails.push({ ...message, link: linkIn(message.text) });
      for (const look of [...waiting]) look();
      return Promise.resolve();
    },
  };
}

function linkIn(text: string): TestMail['link'] {
  const [url, operation, token] = /https?:\/\/\S+\/(\w+)\?token=([\w.-]+)/.exec(text) ?? [];
  return url === undefined || operation === undefined || token === undefined
    ? null
    : { url, operation, token };
}
