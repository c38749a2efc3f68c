// Chooses by the settings where mails go: to an SMTP server, in development to a file, else nowhere.

import { appendFile, chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { type Clock } from '../common/clock.js';
import { type Config } from '../config/index.js';
import { type Log } from '../observability/log.js';
import { type Transport } from './message.js';
import { makeFolder } from '../common/files.js';

/** Returns the transport of an SMTP server; without one that of a file, and in production null. */
export async function chooseTransport(
  config: Pick<Config, 'environment' | 'app' | 'mail' | 'database'>,
  log: Log,
  clock: Clock,
): Promise<Transport | null> {
  const { smtpUrl, smtpTls, from, linkBaseUrl } = config.mail;
  const production = config.environment === 'production';
  if (smtpUrl !== null) {
    if (production && config.app.publicUrl === null && linkBaseUrl === null) {
      log.warn('PUBLIC_URL is not set: the links in mails lead to this machine');
    }
    // Loaded where it is used only: it takes its share of a start.
    const { createSmtpTransport } = await import('./smtp.js');
    return createSmtpTransport(smtpUrl, from, { requireTls: smtpTls === 'required', clock });
  }
  if (production) {
    log.warn(
      'SMTP_URL is not set: Hufu sends no mail, and operations that need a mail fail with SERVICE_UNAVAILABLE',
    );
    return null;
  }
  const { dataDir } = config.database;
  log.info(`SMTP_URL is not set: mails are written to ${outboxFile(dataDir)}`);
  return createFileTransport(dataDir);
}

function outboxFile(folder: string): string {
  return join(resolve(folder), 'outbox.jsonl');
}

/** Creates the transport that appends mails to a file. @param folder is made when it is not there */
function createFileTransport(folder: string): Transport {
  const file = outboxFile(folder);
  return {
    async send(_id, { to, subject, text, html }) {
      makeFolder(folder);
      // The mode is for a file that is made; one that was there may be open to others, and must not be when it is written.
      await appendFile(file, '', { mode: 0o600 });
      await chmod(file, 0o600);
      await appendFile(file, `${JSON.stringify({ to, subject, text, html })}\n`);
    },
    close: () => undefined,
  };
}
