// A real SMTP server on its own port, and the mails that it has received.

import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import { whenFileEnds } from './whenFileEnds.js';
import { freePort } from './freePort.js';
import { type ReceivedMail, readMail } from './mime.js';

export interface SmtpServer {
  readonly url: string;
  /** All mails so far, in order of arrival. */
  readonly mails: readonly ReceivedMail[];
  /** Resolves to the first mail to this e-mail whose subject matches, now or later; returns each mail once. */
  next(to: string, subject?: RegExp): Promise<ReceivedMail>;
  /** Resolves to all mails to this e-mail, after this many milliseconds more. */
  all(to: string, afterMs?: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
}

const maxWaitMs = 30_000;

export interface SmtpOptions extends SMTPServerOptions {
  /** Refuses every mail with this error after its data. */
  readonly refuseData?: Error;
}

/** @param options of the library's server, without `onData` */
export async function startSmtp(
  { refuseData, ...options }: SmtpOptions = {},
  port?: number,
): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const given = new Set<ReceivedMail>();
  const arrivals = new EventEmitter().setMaxListeners(0);
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    // Nodes keep a connection open: by default, the server waits half a minute for them to close it.
    closeTimeout: 100,
    logger: false,
    ...options,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuseData !== undefined) {
          done(refuseData);
          return;
        }
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        readMail(Buffer.concat(chunks), recipients).then((mail) => {
          mails.push(mail);
          arrivals.emit('mail');
          done();
        }, done);
      });
    },
  });
  server.on('error', () => undefined);
  const listensOn = port ?? (await freePort());
  await once(server.listen(listensOn, '127.0.0.1'), 'listening');

  let closed: Promise<void> | undefined;
  const close = () =>
    (closed ??= new Promise((resolve) => {
      server.close(resolve);
    }));
  whenFileEnds(close);

  return {
    url: `smtp://127.0.0.1:${String(listensOn)}`,
    mails,
    async next(to, subject = /./) {
      const signal = AbortSignal.timeout(maxWaitMs);
      for (;;) {
        const mail = mails.find((one) => one.to.includes(to) && subject.test(one.subject) && !given.has(one));
        if (mail !== undefined) {
          given.add(mail);
          return mail;
        }
        await once(arrivals, 'mail', { signal }).catch(() => {
          const others = mails.map((other) => `${other.to.join()}: ${other.subject}`);
          throw new Error(`no mail to ${to} about ${String(subject)}, only:\n${others.join('\n')}`);
        });
      }
    },
    async all(to, afterMs = 1_300) {
      await pause(afterMs);
      return mails.filter((mail) => mail.to.includes(to));
    },
    close,
  };
}
