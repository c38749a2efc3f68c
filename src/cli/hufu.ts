#!/usr/bin/env node
// `npx hufu guard`: the proxy that ends streams with their session.

import '../common/checkNode.js';

import { once } from 'node:events';

import { OperatorError } from '../common/errors.js';
import { readEnvironment } from '../config/index.js';
import { createGuard } from '../guard/guard.js';
import { createRemoteHufu, type RemoteHufu } from '../remote/createRemoteHufu.js';
import { runCommand } from './command.js';

interface GuardRequest {
  readonly upstream: string;
  readonly port: number;
  readonly host: string;
}

/** The options of a remote Hufu, as the guard's environment names them. */
const settings: Readonly<Record<string, string>> = { url: 'HUFU_URL', serviceKey: 'HUFU_KEY' };

await runCommand({
  usage: `Usage: npx hufu guard --upstream URL [--port PORT] [--host HOST]

Passes every request on to URL, such as http://10.0.0.7:8080, and closes websockets and server-sent events when their session ends.

HUFU_URL is where Hufu is, and HUFU_KEY the key of a service with the scopes introspect and feed.
PORT is 4100 and HOST 127.0.0.1 where they are left out.
Exit codes: 0 stopped, 1 failure, 2 usage error.`,
  flags: [],
  options: ['upstream', 'port', 'host'],
  read({ positionals, options }): GuardRequest | null {
    const upstream = options.get('upstream') ?? '';
    const port = Number(options.get('port') ?? '4100');
    if (positionals.join() !== 'guard' || !/^https?:\/\//.test(upstream) || !URL.canParse(upstream))
      return null;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return null;
    return { upstream, port, host: options.get('host') ?? '127.0.0.1' };
  },
  run: guard,
});

async function guard({ upstream, port, host }: GuardRequest): Promise<string> {
  const { HUFU_URL: url = '', HUFU_KEY: serviceKey = '' } = readEnvironment().values;
  if (url === '')
    throw new OperatorError('HUFU_URL', 'it is required: where Hufu is, such as https://accounts.internal.');
  if (serviceKey === '')
    throw new OperatorError(
      'HUFU_KEY',
      'it is required. Make one with: npm run admin -- service create guard --scopes introspect,explain,feed',
    );
  const hufu = await connect(url, serviceKey);
  const { server, stop } = createGuard({ hufu, upstream: new URL(upstream) });
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    const remedy = `the guard cannot listen on ${String(port)} of ${host}. Stop what listens there, or give another --port or --host.`;
    throw new OperatorError('--port', remedy, error);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  // Before the line that says where it listens: who waits for it may stop the guard at once.
  const stopRequested = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.stdout.write(`The guard listens at http://${host}:${String(bound)}/\n`);
  await stopRequested;
  // The streams end before the watch does: none may stay open unwatched.
  stop();
  hufu.stop();
  return '';
}

async function connect(url: string, serviceKey: string): Promise<RemoteHufu> {
  try {
    const hufu = createRemoteHufu({ url, serviceKey });
    if (!(await hufu.ready()))
      process.stderr.write(
        `Hufu does not answer at ${url} yet. Until it does, no stream with a token begins.\n`,
      );
    return hufu;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(settings[error.setting] ?? error.setting, error.remedy);
  }
}
