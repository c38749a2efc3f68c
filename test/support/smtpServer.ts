// A real SMTP server on a port of its own, and what it has been sent.

import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import { whenFileEnds } from './whenFileEnds.js';
import { freePort } from './freePort.js';
import { type ReceivedMail, readMail } from './mime.js';

export interface SmtpServer {
  readonly url: string;
  /** Everything that has arrived, in its order. */
  readonly mails: readonly ReceivedMail[];
  /** The first mail to an address that matches, as soon as it is there; each mail is given once. */
  next(to: string, subject?: RegExp): Promise<ReceivedMail>;
  /** What has arrived for an address after this many milliseconds more. */
  all(to: string, afterMs?: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
}

const patienceMs = 30_000;

export interface SmtpOptions extends SMTPServerOptions {
  /** What every mail is refused with when it has been read. */
  readonly refuseData?: Error;
}

/** @param options of the server itself; `onData` is ours */
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
    // Nodes keep a connection open; to wait for them at the end took half a minute.
    closeTimeout: 100,
    // Its own log is of no use here.
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
      const signal = AbortSignal.timeout(patienceMs);
      for (;;) {
        const mail = mails.find((one) => one.to.includes(to) && subject.test(one.subject) && !given.has(one));
        if (mail !== undefined) {
          given.add(mail);
          return mail;
        }
        await once(arrivals, 'mail', { signal }).catch(() => {
          const there = mails.map((other) => `${other.to.join()}: ${other.subject}`);
          throw new Error(`no mail to ${to} about ${String(subject)}; there are:\n${there.join('\n')}`);
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
