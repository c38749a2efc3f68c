// Where mails go in development without an SMTP server: a file with a line of JSON for each, readable by its owner
// only, since the links in it are as good as passwords.

import { appendFile, chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { makeFolder } from '../common/makeFolder.js';
import { type Transport } from './message.js';

export function outboxFile(folder: string): string {
  return join(resolve(folder), 'outbox.jsonl');
}

/** @param folder is made when it is not there */
export function createFileTransport(folder: string): Transport {
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
