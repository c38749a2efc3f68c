// Which way mails go, by the settings; the log says it when the node starts.

import { type Clock } from '../common/clock.js';
import { type Config } from '../config/index.js';
import { type Log } from '../observability/log.js';
import { type Transport } from './message.js';
import { createFileTransport, outboxFile } from './fileTransport.js';

/** An SMTP server; without one a file, and in production nothing: null. */
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
    log.warn('SMTP_URL is not set: no mail is sent, and the operations that need it are SERVICE_UNAVAILABLE');
    return null;
  }
  const { dataDir } = config.database;
  log.info(`SMTP_URL is not set: mails are written to ${outboxFile(dataDir)}`);
  return createFileTransport(dataDir);
}
