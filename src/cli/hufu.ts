#!/usr/bin/env node
// `npx hufu guard`: the proxy that ends streams with their session.

import '../common/checkNode.js';

import { once } from 'node:events';

import { OperatorError } from '../common/errors.js';
import { readConfig, readEnvironment } from '../config/index.js';
import { createGuard } from '../guard/guard.js';
import { createLog, warningsOf } from '../observability/log.js';
import { createRemoteHufu, type RemoteHufu, type RemoteHufuOptions } from '../remote/createRemoteHufu.js';
import { runCommand, UsageError } from './command.js';

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

PORT is 4100 by default, and HOST 127.0.0.1. The guard reads these variables of the environment:

  HUFU_URL     the URL of Hufu
  HUFU_KEY     the key of a service with the scopes introspect and feed
  TRUST_PROXY  the number of proxies in front of the guard that name the client's IP, or their networks; 0 by default

Exit codes: 0 stopped, 1 failure, 2 usage error.`,
  flags: [],
  options: ['upstream', 'port', 'host'],
  read({ positionals, options }): GuardRequest | UsageError | null {
    const upstream = options.get('upstream') ?? '';
    const port = options.get('port') ?? '4100';
    if (positionals.join() !== 'guard') return null;
    if (!/^https?:\/\//i.test(upstream) || !URL.canParse(upstream))
      return new UsageError('--upstream must be a URL such as http://10.0.0.7:8080.');
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      return new UsageError('--port must be a whole number from 0 to 65535.');
    return { upstream, port: Number(port), host: options.get('host') ?? '127.0.0.1' };
  },
  run: guard,
});

async function guard({ upstream, port, host }: GuardRequest): Promise<string> {
  const { HUFU_URL: url = '', HUFU_KEY: serviceKey = '', TRUST_PROXY } = readEnvironment().values;
  if (url === '')
    throw new OperatorError(
      'HUFU_URL',
      'it is required. It is the URL of Hufu, such as https://accounts.internal.',
    );
  if (serviceKey === '')
    throw new OperatorError(
      'HUFU_KEY',
      'it is required. Make one with: npm run admin -- service create guard --scopes introspect,explain,feed',
    );
  const { trustProxy } = readConfig({ TRUST_PROXY }).http;
  const log = warningsOf(createLog('warn', false));
  const hufu = await connect({ url, serviceKey, trustProxy });
  const { server, stop } = createGuard({ hufu, upstream: new URL(upstream), trustProxy, log });
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
  await stop();
  hufu.stop();
  return '';
}

async function connect(options: RemoteHufuOptions): Promise<RemoteHufu> {
  try {
    const hufu = createRemoteHufu(options);
    if (!(await hufu.ready()))
      process.stderr.write(
        `Hufu does not answer at ${options.url} yet. Until it does, no stream with a token begins.\n`,
      );
    return hufu;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(settings[error.setting] ?? error.setting, error.remedy);
  }
}
