// Hands mails to an SMTP server.

import { createTransport, type SendMailOptions } from 'nodemailer';

import { type Clock } from '../common/clock.js';
import { MailRefused, type Transport } from './message.js';

/** A server that is silent for this long counts as dead, in milliseconds. */
const connectMs = 10_000;
const silenceMs = 30_000;

const connections = 4;
const idleMs = 30_000;

/** RFC 5322 section 2.1.1: the most characters of a line, without its end. */
const maxLine = 998;

export interface SmtpOptions {
  /** Whether mail needs TLS: a server without STARTTLS then gets none. */
  readonly requireTls: boolean;
  /** For the Date header. */
  readonly clock: Clock;
}

/**
 * Creates the transport that hands mails to an SMTP server.
 *
 * @param url `smtp://user:password@host:587`, or `smtps://...:465` for TLS from the first byte
 * @param from the sender, as `Name <email>` or a bare email
 */
export function createSmtpTransport(
  url: string,
  from: string,
  { requireTls, clock }: SmtpOptions,
): Transport {
  const mailer = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    idleTimeout: idleMs,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    requireTLS: requireTls,
    // A message is made of our own texts; nothing in it may name a file or a URL to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send(id, { to, subject, text, html }, signal) {
      try {
        await mailer.sendMail({
          from,
          // As an object it is one email, whatever is in it; a text is parsed as a list of them.
          to: { name: '', address: to },
          subject,
          ...bodyOf(text, html),
          date: clock.now(),
          messageId: `<${id}@${domainOf(from)}>`,
          // RFC 3834 section 5: keeps out-of-office answers away.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
      } catch (error) {
        throw isForGood(error) ? new MailRefused(error) : error;
      }
    },
    close() {
      mailer.close();
    },
  };
}

/**
 * Sends both parts as they are: in quoted-printable, which the library takes for long lines, a link would be broken for a client
 * that does not decode it. Only lines that are too long for mail are left to the library.
 */
function bodyOf(text: string, html: string): Pick<SendMailOptions, 'text' | 'html' | 'alternatives'> {
  const lines = `${text}\n${html}`.split('\n');
  if (lines.some((line) => Buffer.byteLength(line) > maxLine)) return { text, html };
  return { alternatives: [asItIs('plain', text), asItIs('html', html)] };
}

function asItIs(subtype: string, content: string): { readonly raw: string } {
  const encoding = /^\p{ASCII}*$/u.test(content) ? '7bit' : '8bit';
  const head = `Content-Type: text/${subtype}; charset=utf-8\nContent-Transfer-Encoding: ${encoding}`;
  return { raw: `${head}\n\n${content}`.replaceAll('\n', '\r\n') };
}

/**
 * Tells whether the server has refused this very mail for good: there is no such mailbox. That is what a status of 5.1.x says
 * (RFC 3463 section 3.2), or a bare 550 or 553 to the recipient. A full mailbox, a quota, a list of blocked senders or a
 * login that fails may be put right within the days for which a mail is tried.
 */
function isForGood(error: unknown): boolean {
  const { responseCode, command, response } = error as Readonly<Record<string, unknown>>;
  if (Number(responseCode) < 500 || (command !== 'RCPT TO' && command !== 'DATA')) return false;
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  // 5.1.7 and 5.1.8 are about the sender, which is a setting.
  if (status !== undefined) return status.startsWith('5.1.') && !['5.1.7', '5.1.8'].includes(status);
  return command === 'RCPT TO' && (responseCode === 550 || responseCode === 553);
}

function domainOf(from: string): string {
  return /@([^@\s<>]+)>?$/.exec(from)?.[1] ?? 'localhost';
}
