// Sends requests to a Hufu over the network: one pool of connections, every wait with an end.

import { setMaxListeners } from 'node:events';
import { Agent, type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';

import { OperatorError, ServiceUnavailableError } from '../common/errors.js';

/** The remote Hufu does not answer, or refuses the service. */
export class HufuUnavailable extends ServiceUnavailableError {
  override readonly name = 'HufuUnavailable';
  /** The status of Hufu's answer; null where there was none. */
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** A connection that had been kept for the next request failed. */
class ConnectionStale extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

export interface HufuConnection {
  /**
   * Sends JSON and gives the JSON of the answer, within the time limit.
   *
   * @throws HufuUnavailable; OperatorError where Hufu refuses the URL or the key that the operator has set
   */
  post(path: string, body: object): Promise<unknown>;
  /**
   * Begins to read a stream whose end is not expected.
   *
   * @throws as {@link HufuConnection.post} does
   */
  stream(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage>;
  close(): void;
}

export interface HufuConnectionOptions {
  readonly url: URL;
  readonly serviceKey: string;
  readonly timeoutMs: number;
}

type Sent = Pick<RequestOptions, 'method' | 'agent'> & {
  readonly headers: Readonly<Record<string, string | number>>;
};

/** The most connections for questions at once. Each carries a batch. */
const maxSockets = 8;

/** A longer answer is none of Hufu's: 100 tokens take some 50 KB. */
const maxAnswerBytes = 1_048_576;

export function createHufuConnection({ url, serviceKey, timeoutMs }: HufuConnectionOptions): HufuConnection {
  const isTls = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
  const agent = isTls ? new TlsAgent(options) : new Agent(options);
  const base = url.pathname.replace(/\/$/, '');
  const closing = new AbortController();
  // Each request listens, and all may at once.
  setMaxListeners(0, closing.signal);

  const send = (path: string, { headers, ...how }: Sent, body = ''): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const begin = isTls ? requestHttps : requestHttp;
      const request = begin({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? undefined : Number(url.port),
        path: `${base}${path}`,
        agent,
        signal: closing.signal,
        ...how,
        headers: { authorization: `Bearer ${serviceKey}`, ...headers },
      });
      const timer = setTimeout(() => {
        // Before the request's own error: a slow server must not be asked twice.
        reject(new Error(`no answer within ${String(timeoutMs)} ms`));
        request.destroy();
      }, timeoutMs);
      request.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.once('error', (error) => {
        clearTimeout(timer);
        // A connection that was kept may have been closed by the other side just now.
        reject(request.reusedSocket ? new ConnectionStale(error) : error);
      });
      request.end(body);
    });

  const attempt = async (path: string, text: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const response = await send(path, { method: 'POST', headers }, text);
    // A refusal is read to its end as well: its connection must not stay taken.
    const answer = await readAll(response, timeoutMs);
    refuseStatus(response, path);
    return JSON.parse(answer) as unknown;
  };

  return {
    async post(path, body) {
      const text = JSON.stringify(body);
      try {
        return await attempt(path, text).catch((error: unknown) => {
          if (error instanceof ConnectionStale) return attempt(path, text);
          throw error;
        });
      } catch (error) {
        throw asUnavailable(error);
      }
    },

    async stream(path, headers) {
      try {
        // On a connection of its own: a stream must not take a place of the pool.
        const response = await send(path, {
          agent: false,
          headers: { accept: 'text/event-stream', ...headers },
        });
        if (response.statusCode !== 200) response.destroy();
        refuseStatus(response, path);
        return response;
      } catch (error) {
        throw asUnavailable(error);
      }
    },

    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** The remedies of an operator for a refusal, by its status. */
const remedies: Readonly<Record<number, readonly [setting: string, remedy: string]>> = {
  401: [
    'serviceKey',
    'Hufu does not accept it. Make one with: npm run admin -- service create NAME --scopes introspect,explain,feed',
  ],
  403: [
    'serviceKey',
    'the service lacks a scope. It needs introspect and feed, and explain to tell users why.',
  ],
  404: ['url', 'no Hufu answers there, or INTEGRATIONS of Hufu does not name introspect and feed.'],
};

/** A redirect is not followed: the key would go wherever it leads. */
const isRedirected = ['url', 'what answers there redirects. Set it to where Hufu itself answers.'] as const;

function refuseStatus({ statusCode = 0 }: IncomingMessage, path: string): void {
  if (statusCode === 200) return;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  const [setting, remedy] = isRedirect ? isRedirected : (remedies[statusCode] ?? []);
  if (setting !== undefined && remedy !== undefined) throw new OperatorError(setting, remedy);
  throw new HufuUnavailable(`${path} answered ${String(statusCode)}`, statusCode);
}

function readAll(response: IncomingMessage, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (error: Error) => {
      clearTimeout(timer);
      response.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(new Error(`the answer did not end within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxAnswerBytes) fail(new Error('the answer is too long'));
    });
    response.once('end', () => {
      clearTimeout(timer);
      resolve(text);
    });
    response.once('error', fail);
  });
}

function asUnavailable(cause: unknown): Error {
  if (cause instanceof OperatorError || cause instanceof HufuUnavailable) return cause;
  return new HufuUnavailable('Hufu does not answer', null, cause);
}
