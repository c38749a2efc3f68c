// Starts a mail server that accepts every mail and keeps none.

import { once } from 'node:events';

import { SMTPServer } from 'smtp-server';

import { freePort } from '../../test/support/freePort.js';

export interface SmtpSink {
  readonly url: string;
  close(): Promise<void>;
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    logger: false,
    onData(stream, _session, done) {
      stream.resume();
      stream.once('end', done);
    },
  });
  // A node that is stopped cuts its connection.
  server.on('error', () => undefined);
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}
