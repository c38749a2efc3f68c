// Which way mails go, by the settings; the log says it when the node starts.

import { type Clock } from '../common/clock.js';
import { type Log } from '../observability/log.js';
import { type Transport } from './message.js';
import { createFileTransport, outboxFile } from './fileTransport.js';

export interface MailSettings {
  readonly environment: 'development' | 'test' | 'production';
  readonly smtpUrl: string | null;
  readonly smtpTls: 'required' | 'opportunistic';
  readonly mailFrom: string;
  readonly publicUrl: string | null;
  readonly linkBaseUrl: string | null;
  readonly dataDir: string;
}

/** An SMTP server; without one a file, and in production nothing: null. */
export async function chooseTransport(
  settings: MailSettings,
  log: Log,
  clock: Clock,
): Promise<Transport | null> {
  const { environment, smtpUrl, smtpTls, mailFrom, publicUrl, linkBaseUrl, dataDir } = settings;
  if (smtpUrl !== null) {
    if (environment === 'production' && publicUrl === null && linkBaseUrl === null) {
      log.warn('PUBLIC_URL is not set: the links in mails lead to this machine');
    }
    // Loaded where it is used only: it takes its share of a start.
    const { createSmtpTransport } = await import('./smtp.js');
    return createSmtpTransport(smtpUrl, mailFrom, { requireTls: smtpTls === 'required', clock });
  }
  if (environment === 'production') {
    log.warn('SMTP_URL is not set: no mail is sent, and the operations that need it are SERVICE_UNAVAILABLE');
    return null;
  }
  log.info(`SMTP_URL is not set: mails are written to ${outboxFile(dataDir)}`);
  return createFileTransport(dataDir);
}
