// A Hufu that runs elsewhere, with the interface of the package: it is asked over the network on every request, and its
// feed ends the host's streams.

import { inspect } from 'node:util';

import { OperatorError } from '../common/errors.js';
import { createClientIp } from '../http/clientIp.js';
import type { TrustedProxies } from '../http/clientIp.js';
import { createAuthDirective } from '../hufu/authDirective.js';
import type { AuthDirective } from '../hufu/authDirective.js';
import { createRequestReader } from '../hufu/hostRequest.js';
import type { HostRequest, KnownOfRequest, PlainRequest } from '../hufu/hostRequest.js';
import { createStreamEnds } from '../hufu/streamEnds.js';
import type { StreamEnds } from '../hufu/streamEnds.js';
import { createAuthenticator } from './authenticate.js';
import { createHufuConnection } from './hufuConnection.js';
import { liveSessionOf, RemoteContext, requireFresh, requireUser } from './context.js';
import type { HostContext } from './context.js';
import { createFeedReader } from './feedReader.js';
import type { RemoteEnd, RemoteSession } from './outcome.js';
import { createSocketHooks } from './sockets.js';
import type { SocketHooks } from './sockets.js';
import { createWatcher } from './watcher.js';

export interface RemoteHufuOptions {
  /** Where Hufu is, such as `https://accounts.internal`. */
  readonly url: string;
  /** The key of this server, of a service with the scopes `introspect` and `feed`; with `explain`, users learn why. */
  readonly serviceKey: string;
  /** How long an answer may take, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
  /** How old the proof may be that a kept answer still holds, in milliseconds. Default 0: each request asks. */
  readonly maxStaleMs?: number;
  /** The silence of the feed after which every stream ends, in milliseconds. Default 12,000; at least 6,000. */
  readonly maxSilenceMs?: number;
  /** How many proxies in front of the server are trusted to name the client's IP, or their networks. Default 0. */
  readonly trustProxy?: TrustedProxies;
  /** Called with the error when Hufu cannot be asked. Default: a line on standard error. */
  readonly log?: { warn(details: object, message: string): void };
}

export interface RemoteHufu {
  /** The directive `@auth` for the host's own types and fields. */
  readonly auth: AuthDirective;

  /** Authenticates a request. Never throws: `requireUser` throws then. */
  context(request: HostRequest, known?: KnownOfRequest): Promise<HostContext>;

  /** Hooks for `useServer` of graphql-ws: the host's sockets end with their session. */
  readonly ws: SocketHooks;

  /** Gives the schema in which every subscription ends with its session, over any transport. */
  readonly watched: StreamEnds;

  /**
   * Calls `ended` once when the session ends, also if it has ended already, and where Hufu cannot tell any more whether it
   * has: for server-sent events, `@defer` and other answers that last.
   *
   * @param session of a context of this Hufu
   * @returns a function that ends the watch
   */
  watch(session: RemoteSession, ended: (how: RemoteEnd) => void): () => void;

  /**
   * Asks whether Hufu answers and accepts the key.
   *
   * @throws OperatorError that says what to correct
   */
  ready(): Promise<boolean>;

  /** Returns for how long the feed has been silent, in milliseconds, for a metric; null while it is not heard. */
  staleMs(): number | null;

  /** Ends every connection and timer. */
  stop(): void;
}

/**
 * Makes the package for a server whose Hufu runs elsewhere. Nothing is asked before the first request.
 *
 * @throws OperatorError for an option that does not fit
 */
export function createRemoteHufu(options: RemoteHufuOptions): RemoteHufu {
  const { url, serviceKey, timeoutMs, maxStaleMs, maxSilenceMs, trustProxy, log } = readOptions(options);
  const warn = createWarn(log);
  const onFailure = createFailureLog(warn);
  const connection = createHufuConnection({ url, serviceKey, timeoutMs });
  const feed = createFeedReader({ connection, maxSilenceMs, onFailure });
  const { ask, authenticate } = createAuthenticator({ connection, feed, maxStaleMs, timeoutMs, onFailure });
  const watcher = createWatcher({ feed, ask, maxSilenceMs });
  const read = createRequestReader(trustProxy);
  /** The token of each session that a context holds, to ask again when the session is watched. */
  const tokens = new WeakMap<RemoteSession, string>();
  if (maxStaleMs > 0) feed.start();

  const contextOf = async (plain: PlainRequest): Promise<HostContext> => {
    const outcome = await authenticate(plain.bearer, plain.clientInfo.ip);
    if (outcome.kind === 'active' && plain.bearer !== null) tokens.set(outcome.session, plain.bearer);
    const hufu = new RemoteContext(plain, outcome);
    return { hufu, user: hufu.user };
  };

  const watch: RemoteHufu['watch'] = (session, ended) => {
    const token = tokens.get(session);
    if (token === undefined) throw new TypeError('hufu.watch() takes the session of a context of this Hufu.');
    return watcher.watch(session.id, token, (how) => {
      try {
        ended(how);
      } catch (error) {
        // One callback must not keep other streams from their end.
        warn(error, 'a callback of hufu.watch failed');
      }
    });
  };

  return {
    auth: createAuthDirective<HostContext>({ requireUser, requireFresh }),
    ws: createSocketHooks({ contextOf: (request, bearer) => contextOf({ ...read(request), bearer }), watch }),
    context: (request, known) => contextOf(read(request, known)),
    watched: createStreamEnds({
      sessionOf: liveSessionOf,
      watch,
      onError: (error) => {
        warn(error, 'the source of a subscription failed as it was stopped');
      },
    }),
    watch,

    async ready() {
      try {
        await connection.post('/introspect', { tokens: [] });
        return true;
      } catch (error) {
        if (error instanceof OperatorError) throw error;
        return false;
      }
    },

    staleMs: () => feed.silentMs(),

    stop() {
      feed.stop();
      watcher.stop();
      connection.close();
    },
  };
}

/** How far apart lines of failures are, in milliseconds: an outage has one for each request. */
const logEveryMs = 10_000;

function createFailureLog(warn: Warn): (error: unknown) => void {
  let loggedAtMs = -Infinity;
  return (error) => {
    if (performance.now() - loggedAtMs < logEveryMs) return;
    loggedAtMs = performance.now();
    warn(error, 'Hufu cannot be asked');
  };
}

type Warn = (err: unknown, message: string) => void;

function createWarn(log: NonNullable<RemoteHufuOptions['log']>): Warn {
  return (err, message) => {
    try {
      log.warn({ err }, message);
    } catch {
      // A log whose file is closed. No answer depends on it.
    }
  };
}

const standardError: NonNullable<RemoteHufuOptions['log']> = {
  warn(details, message) {
    process.stderr.write(`${message}: ${inspect(details)}\n`);
  },
};

const optionNames = 'url, serviceKey, timeoutMs, maxStaleMs, maxSilenceMs, trustProxy, log';

function readOptions(options: RemoteHufuOptions) {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null)
    throw new OperatorError('options', `they must be an object with ${optionNames}.`);
  const {
    url,
    serviceKey,
    timeoutMs = 2_000,
    maxStaleMs = 0,
    maxSilenceMs = 12_000,
    trustProxy = 0,
    log = standardError,
    ...others
  } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new OperatorError(unknown, `there is no such option. It takes ${optionNames}.`);
  if (!URL.canParse(url) || !/^https?:\/\//.test(url))
    throw new OperatorError('url', 'it must be a URL such as https://accounts.internal.');
  if (typeof serviceKey !== 'string' || !/^[\w.~+/-]+=*$/.test(serviceKey))
    throw new OperatorError(
      'serviceKey',
      'it must be a key that `npm run admin -- service create` has printed.',
    );
  const bounds = { timeoutMs: [1, 60_000], maxStaleMs: [0, 60_000], maxSilenceMs: [6_000, 600_000] } as const;
  const numbers = { timeoutMs, maxStaleMs, maxSilenceMs };
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = numbers[name as keyof typeof bounds];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new OperatorError(name, `it must be a whole number from ${String(least)} to ${String(most)}.`);
  }
  if (!canTrust(trustProxy))
    throw new OperatorError(
      'trustProxy',
      'it must be the number of proxies in front of the server, or a list of their IPs and networks.',
    );
  return { url: new URL(url), serviceKey, ...numbers, trustProxy, log };
}

/** Tells whether the option fits: a host without types may pass anything, such as the text of a variable. */
function canTrust(proxies: TrustedProxies): boolean {
  if (typeof proxies === 'number') return Number.isInteger(proxies) && proxies >= 0;
  try {
    createClientIp(proxies);
    return true;
  } catch {
    return false;
  }
}
