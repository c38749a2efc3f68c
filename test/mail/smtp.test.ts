// The delivery to an SMTP server: permanent refusals, encoding, TLS and deadlines.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { systemClock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/index.js';
import { MailRefused } from '../../src/mail/message.js';
import { createOutboxWorker, type QueuedMail } from '../../src/mail/outboxWorker.js';
import { createSmtpTransport } from '../../src/mail/smtp.js';
import { createLog } from '../../src/observability/log.js';
import { testSecret } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';

const message = { subject: 'Hello', text: 'Hello\n', html: '<p>Hello</p>\n' };
const from = 'Hufu <mail@hufu.test>';

function transportTo(url: string, requireTls = false) {
  const transport = createSmtpTransport(url, from, { requireTls, clock: systemClock });
  onTestFinished(() => {
    transport.close();
  });
  return transport;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('MAIL-08 a refusal by the server', () => {
  it.each([
    ['rcpt', 550, '5.1.1 no such user', true],
    ['rcpt', 550, '5.1.10 null MX', true],
    ['rcpt', 550, 'no such user', true],
    ['rcpt', 553, 'not allowed', true],
    ['data', 550, '5.1.1 no such user', true],
    ['rcpt', 554, 'quota', false],
    ['rcpt', 550, '5.7.1 try later', false],
    ['rcpt', 552, 'mailbox full', false],
    ['rcpt', 552, '5.2.2 mailbox full', false],
    ['rcpt', 550, '5.1.8 the sender is not known', false],
    ['rcpt', 451, '4.1.1 try later', false],
    ['data', 550, 'spam', false],
    ['data', 554, '5.7.1 spam', false],
    ['mail', 550, '5.1.1 not you', false],
  ] as const)('at %s with %d %s is permanent: %s', async (stage, responseCode, text, isPermanent) => {
    const refuse = Object.assign(new Error(text), { responseCode });
    const smtp = await startSmtp({
      ...(stage === 'mail'
        ? {
            onMailFrom: (_address, _session, done) => {
              done(refuse);
            },
          }
        : {}),
      ...(stage === 'rcpt'
        ? {
            onRcptTo: (_address, _session, done) => {
              done(refuse);
            },
          }
        : {}),
      ...(stage === 'data' ? { refuseData: refuse } : {}),
    });
    const sent = transportTo(smtp.url).send(
      'id',
      { to: 'ada@example.com', ...message },
      new AbortController().signal,
    );
    const error = await errorOf(sent);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof MailRefused).toBe(isPermanent);
    await smtp.close();
  });
});

describe('MAIL-09 a long link', () => {
  const url = `https://accounts.example.com/link/resetPassword?token=${'eyJhbGciOi.'.repeat(40)}`;
  it.each([
    ['plain text', `Set a new password:\n${url}\n`, '7bit'],
    ['a device that is called Anna’s phone', `Device: Annas 電話\n\n${url}\n`, '8bit'],
  ])('MUST be on one line in the raw mail, beside %s', async (_what, text, encoding) => {
    const smtp = await startSmtp();
    const html = `<p><a href="${url}">Go</a></p>\n`;
    const mail = { to: 'ada@example.com', subject: 'Hello', text, html };
    await transportTo(smtp.url).send('id', mail, new AbortController().signal);
    const { raw, text: read } = await smtp.next('ada@example.com');
    expect(raw.split('\r\n')).toContain(url);
    expect(raw).toContain(`href="${url}"`);
    expect(raw.toLowerCase()).toContain(`content-transfer-encoding: ${encoding}`);
    expect(read.trim()).toBe(text.trim());
    await smtp.close();
  });
});

describe('MAIL-10 TLS to the server', () => {
  const production = { NODE_ENV: 'production', JWT_SECRET: testSecret };
  it.each([
    [{ ...production, SMTP_URL: 'smtp://mail.example.com:587' }, 'required'],
    [{ ...production, SMTP_URL: 'smtp://10.0.0.5' }, 'required'],
    [{ ...production, SMTP_URL: 'smtp://localhost.example.com' }, 'required'],
    [{ ...production, SMTP_URL: 'smtp://mail.example.com', SMTP_TLS: 'opportunistic' }, 'opportunistic'],
    [{ ...production, SMTP_URL: 'smtp://localhost:25' }, 'opportunistic'],
    [{ ...production, SMTP_URL: 'smtp://127.0.0.2:25' }, 'opportunistic'],
    [{ ...production, SMTP_URL: 'smtp://[::1]:25' }, 'opportunistic'],
    [{ ...production, SMTP_URL: 'smtp://localhost:25', SMTP_TLS: 'required' }, 'required'],
    [{ SMTP_URL: 'smtp://mail.example.com' }, 'opportunistic'],
  ])('MUST follow the settings: %j', (env, expected) => {
    expect(readConfig(env).mail.smtpTls).toBe(expected);
  });

  it('MUST be used where it is required, or the mail is not sent', async () => {
    const smtp = await startSmtp();
    const mail = { to: 'ada@example.com', ...message };
    const error = await errorOf(transportTo(smtp.url, true).send('1', mail, new AbortController().signal));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MailRefused);
    expect(smtp.mails).toEqual([]);
    await transportTo(smtp.url).send('2', mail, new AbortController().signal);
    expect(smtp.mails).toHaveLength(1);
    await smtp.close();
  });
});

describe('MAIL-11 a server that answers a byte at a time', () => {
  it('MUST NOT delay a mail beyond its deadline', async () => {
    const sockets = new Set<Socket>();
    const dripping = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.resume();
      const drip = setInterval(() => socket.write('2'), 50);
      socket.on('close', () => {
        clearInterval(drip);
        sockets.delete(socket);
      });
      socket.write('220 hello\r\n');
    });
    dripping.listen(0, '127.0.0.1');
    await once(dripping, 'listening');
    const bound = dripping.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const queue: QueuedMail[] = Array.from({ length: 12 }, (_, index) => ({
      id: String(index),
      template: 'x',
      payload: {},
      createdAt: systemClock.now(),
      attempts: 0,
    }));
    const postponed: string[] = [];
    const worker = createOutboxWorker({
      outbox: {
        claim: (most) => Promise.resolve(queue.splice(0, most)),
        moveDue: () => Promise.resolve(),
        postpone: (id) => {
          postponed.push(id);
          return Promise.resolve();
        },
        remove: () => Promise.resolve(),
      },
      transport: createSmtpTransport(`smtp://127.0.0.1:${String(port)}`, from, {
        requireTls: false,
        clock: systemClock,
      }),
      clock: systemClock,
      log: createLog('silent', false),
      deadlineMs: 300,
    });
    worker.start(() => Promise.resolve({ to: 'ada@example.com', ...message }));
    await expect.poll(() => postponed.length, { timeout: 10_000 }).toBe(12);
    await expect.poll(() => sockets.size, { timeout: 5_000 }).toBe(0);
    await worker.stop();
    dripping.close();
  });
});

describe('MAIL-17 a mail that is ready after the node has begun to stop', () => {
  it('MUST be left to another node, and MUST NOT delay the stop', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const queue: QueuedMail[] = [
      { id: '1', template: 'x', payload: {}, createdAt: systemClock.now(), attempts: 0 },
    ];
    let finishMaking: () => void = () => undefined;
    const making = new Promise<void>((resolve) => {
      finishMaking = resolve;
    });
    const left: string[] = [];
    const send = vi.fn(() => new Promise<void>(() => undefined));
    const worker = createOutboxWorker({
      outbox: {
        claim: (most) => Promise.resolve(queue.splice(0, most)),
        moveDue: (ids) => {
          left.push(...ids);
          return Promise.resolve();
        },
        postpone: () => Promise.resolve(),
        remove: () => Promise.resolve(),
      },
      transport: { send, close: () => undefined },
      clock: systemClock,
      log: createLog('silent', false),
    });
    worker.start(() => making.then(() => ({ to: 'ada@example.com', ...message })));
    const stopped = worker.stop();
    await vi.advanceTimersByTimeAsync(3_000);
    finishMaking();
    await vi.advanceTimersByTimeAsync(0);
    expect(send).not.toHaveBeenCalled();
    await stopped;
    expect(left).toEqual(['1']);
  });
});
