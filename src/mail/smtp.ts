// Hands mails to an SMTP server.

import { createTransport } from 'nodemailer';

import { type Clock, systemClock } from '../common/clock.js';
import { smtpFault } from './smtpFailure.js';
import { MailRefused, type Transport } from './message.js';

/** A server that says nothing for this long is taken for dead, in milliseconds. */
const connectMs = 10_000;
const silenceMs = 30_000;

const connections = 4;
const idleMs = 30_000;

/**
 * @param url `smtp://user:password@host:587`, or `smtps://...:465` for TLS from the first byte
 * @param from the sender, as `Name <address>` or a bare address
 * @param clock for the date that a mail bears
 */
export function createSmtpTransport(url: string, from: string, clock: Clock = systemClock): Transport {
  const mailer = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    idleTimeout: idleMs,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    // A message is made of our own texts; nothing in it may name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send(id, { to, subject, text, html }, signal) {
      try {
        await mailer.sendMail({
          from,
          // As an object it is one address, whatever is in it; a text is parsed as a list of them.
          to: { name: '', address: to },
          subject,
          text,
          html,
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
 * Whether the server has refused this very mail by a 5yz reply (RFC 5321 section 4.2.1). One to the login or the
 * sender is a matter of the settings, and passes when they are mended.
 */
function isForGood(error: unknown): boolean {
  const { responseCode, command } = smtpFault(error);
  return Number(responseCode) >= 500 && (command === 'RCPT TO' || command === 'DATA');
}

function domainOf(from: string): string {
  return /@([^@\s<>]+)>?$/.exec(from)?.[1] ?? 'localhost';
}
