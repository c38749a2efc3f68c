// Parses the mails that arrive at the test's server.

import { simpleParser } from 'mailparser';

export interface ReceivedMail {
  /** The recipients of the SMTP envelope, which the mail's own headers need not name. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every header line, unfolded. */
  readonly headers: readonly string[];
  readonly raw: string;
}

export async function readMail(raw: Buffer, to: readonly string[]): Promise<ReceivedMail> {
  // Both parts as they were sent: neither is made from the other.
  const asSent = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true };
  const { subject = '', text = '', html, headerLines } = await simpleParser(raw, asSent);
  return {
    to,
    subject,
    text,
    html: typeof html === 'string' ? html : '',
    headers: headerLines.map(({ line }) => line.replaceAll(/\r?\n[ \t]+/g, ' ')),
    raw: raw.toString('utf8'),
  };
}
