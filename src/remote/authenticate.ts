// Has the remote Hufu authenticate tokens. Requests that wait at the same moment share one question. An answer is kept
// only where the operator allows it, and only as long as the feed proves that the session has not ended since.

import { LRUCache } from 'lru-cache';

import { createBatchLoader } from '../common/batchLoader.js';
import { isRecord } from '../common/records.js';
import { createPermits } from '../http/capacity.js';
import type { HufuConnection } from './hufuConnection.js';
import type { FeedReader } from './feedReader.js';
import {
  anonymous,
  invalidToken,
  malformed,
  readOutcome,
  type RemoteOutcome,
  unavailable,
} from './outcome.js';

export interface Authenticator {
  /** Asks now. Never throws. */
  ask(token: string): Promise<RemoteOutcome>;
  /** Asks, or gives an answer that the feed vouches for. @param ip of the client; null where it is not known */
  authenticate(token: string | null, ip?: string | null): Promise<RemoteOutcome>;
}

export interface AuthenticatorOptions {
  readonly connection: Pick<HufuConnection, 'post'>;
  readonly feed: Pick<FeedReader, 'on' | 'silentMs'>;
  /** How old the proof that a kept answer holds may be; 0 keeps none. */
  readonly maxStaleMs: number;
  /** How long a request waits for an answer, its turn among other questions included. */
  readonly timeoutMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** The bounds of one question: Hufu takes 100 tokens and 100 KiB. */
const maxTokens = 100;
const maxBytes = 80_000;

/** A longer token is none of Hufu's. */
const maxTokenBytes = 4_096;

/** How many questions are on their way at once: while one waits, the next gathers. */
const atOnce = 2;

/** How many requests may wait for an answer, in all and of one network: a flood leaves other networks their part. */
const maxWaiting = { all: 10_000, ofNetwork: 7_500 } as const;

/** Kept answers, and how long each is kept at most: a session that is in use must be seen to be. */
const cacheBounds = { max: 50_000, ttl: 20_000 } as const;

export function createAuthenticator({
  connection,
  feed,
  maxStaleMs,
  timeoutMs,
  onFailure,
}: AuthenticatorOptions): Authenticator {
  const askTogether = async (tokens: readonly string[]): Promise<[string, RemoteOutcome][]> => {
    const body = await connection.post('/introspect', { tokens });
    const receivedAtMs = performance.now();
    const { results, at } = isRecord(body) ? body : {};
    if (!Array.isArray(results) || results.length !== tokens.length || typeof at !== 'string')
      throw new TypeError('the answer is not one of Hufu');
    const nowMs = Date.parse(at);
    const now = () => new Date(nowMs + performance.now() - receivedAtMs);
    return tokens.map((token, index) => [token, readOutcome(results[index], now)]);
  };

  /** A question that fails is that of its own tokens: thousands may wait, of which a busy Hufu answers some. */
  const askEach = (batches: readonly (readonly string[])[]) =>
    Promise.all(
      batches.map((tokens) =>
        askTogether(tokens).catch((error: unknown) => {
          onFailure(error);
          return [];
        }),
      ),
    );

  const load = createBatchLoader<RemoteOutcome>(
    async (tokens) => new Map((await askEach(inBatches(tokens))).flat()),
    () => false,
    () => atOnce,
  );

  const ask = async (token: string): Promise<RemoteOutcome> => (await load(token)) ?? unavailable;

  const permits = createPermits(maxWaiting.all, maxWaiting.ofNetwork);

  /** Asks within the time limit, where not too many wait already. */
  const askInTime = async (token: string, ip: string): Promise<RemoteOutcome> => {
    if (permits.isFull(ip)) return unavailable;
    const leave = permits.take(ip);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<RemoteOutcome>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, unavailable);
    });
    const asked = ask(token).finally(leave);
    return Promise.race([asked, late]).finally(() => {
      clearTimeout(timer);
    });
  };

  const cache = maxStaleMs === 0 ? null : createCache(feed, maxStaleMs);

  return {
    ask,
    async authenticate(token, ip = null) {
      if (token === null) return anonymous;
      if (token === '') return malformed;
      if (token.length > maxTokenBytes) return invalidToken;
      const kept = cache?.find(token);
      if (kept !== undefined) return kept;
      const era = cache?.era();
      const outcome = await askInTime(token, ip ?? '');
      if (era === cache?.era()) cache?.keep(token, outcome);
      return outcome;
    },
  };
}

function inBatches(tokens: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = maxBytes;
  for (const token of tokens) {
    const last = batches.at(-1);
    bytes += token.length + 3;
    if (last === undefined || last.length === maxTokens || bytes > maxBytes) {
      batches.push([token]);
      bytes = token.length + 3;
    } else last.push(token);
  }
  return batches;
}

interface Cache {
  /** Changes when every earlier answer may be wrong. */
  era(): number;
  find(token: string): RemoteOutcome | undefined;
  keep(token: string, outcome: RemoteOutcome): void;
}

function createCache(feed: AuthenticatorOptions['feed'], maxStaleMs: number): Cache {
  const answers = new LRUCache<string, RemoteOutcome>(cacheBounds);
  // An answer that was on its way when the session ended is not used either.
  const ended = new Set<string>();
  let era = 0;
  const clear = () => {
    answers.clear();
    ended.clear();
    era += 1;
  };
  feed.on('ended', (sessionId) => {
    if (ended.size === cacheBounds.max) clear();
    ended.add(sessionId);
  });
  // The feed may have missed ends meanwhile.
  feed.on('live', (isGap) => {
    if (isGap) clear();
  });
  feed.on('silent', clear);

  return {
    era: () => era,
    find(token) {
      const silentMs = feed.silentMs();
      if (silentMs === null || silentMs > maxStaleMs) return undefined;
      const outcome = answers.get(token);
      return outcome?.kind === 'active' && !ended.has(outcome.session.id) ? outcome : undefined;
    },
    keep(token, outcome) {
      if (outcome.kind === 'active' && feed.silentMs() !== null) answers.set(token, outcome);
    },
  };
}
