// An HTTP server on a real port with a plain function in place of GraphQL, and clients for it: fetch, and bytes on a socket.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import type { GraphqlResponse, GraphqlRequest } from '../../src/graphql/context.js';
import { createHttpServer, type HttpServerOptions } from '../../src/http/server.js';
import { errorForLog } from '../../src/observability/log.js';

export type LogLine = Readonly<Record<string, unknown>>;

export interface Served {
  readonly url: string;
  readonly port: number;
  /** All log lines so far. */
  readonly lines: readonly LogLine[];
  /** All requests that the executor has received so far. */
  readonly handled: readonly GraphqlRequest[];
  close(withinMs?: number, delayMs?: number, onClosing?: () => void): Promise<void>;
}

export type Handle = (request: GraphqlRequest) => Promise<GraphqlResponse> | GraphqlResponse;

export interface ServeOptions extends Partial<Omit<HttpServerOptions, 'graphql' | 'log'>> {
  readonly handle?: Handle;
}

export const fine: GraphqlResponse = {
  status: 200,
  headers: [['content-type', 'application/json; charset=utf-8']],
  body: '{"data":{"ok":true}}\n',
  report: null,
};

/** An executor whose requests wait until `release` is called. */
export function heldExecutor() {
  let release: () => void = () => undefined;
  const released = new Promise<GraphqlResponse>((resolve) => {
    release = () => {
      resolve(fine);
    };
  });
  return {
    handle: () => released,
    release: () => {
      release();
    },
  };
}

/** Starts a server that stops when the test ends. */
export async function serve({ handle = () => fine, ...rest }: ServeOptions = {}): Promise<Served> {
  const lines: LogLine[] = [];
  const handled: GraphqlRequest[] = [];
  const log = pino(
    { level: 'debug', serializers: { err: errorForLog } },
    { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) },
  );
  const server = createHttpServer({
    ready: () => Promise.resolve(true),
    corsOrigins: [],
    development: false,
    ...rest,
    log,
    graphql: {
      handle: async (request) => {
        handled.push(request);
        return handle(request);
      },
    },
  });
  const url = await server.listen(0, '127.0.0.1');
  const close: Served['close'] = (withinMs = 1_000, delayMs, onClosing) =>
    server.close(withinMs, delayMs, onClosing);
  onTestFinished(() => close(0));
  return { url, port: Number(new URL(url).port), lines, handled, close };
}

/** A connection that keeps all bytes it receives. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** Returns all received bytes so far, as latin1. */
  text(): string;
  /** Resolves to all received bytes, once the server has ended the connection. */
  ended(): Promise<string>;
  /** Resolves to all received bytes once they match; throws when the connection ends before. */
  has(pattern: RegExp): Promise<string>;
}

export async function dial(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let over = false;
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.once('end', () => (over = true)).once('close', () => (over = true));
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const until = async (reached: () => boolean) => {
    while (!reached()) {
      if (over && !reached()) throw new Error(`the connection ended after: ${text}`);
      await wait(2);
    }
    return text;
  };
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    text: () => text,
    ended: () => until(() => over),
    has: (pattern) => until(() => pattern.test(text)),
  };
}

/** Sends bytes and resolves to the whole response, once the server has ended the connection. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const client = await dial(port);
  client.send(bytes);
  return client.ended();
}

/** Writes a request as text. It has a `content-length` where a body is given. */
export function requestText(firstLine: string, headers: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`content-length: ${String(Buffer.byteLength(body))}`];
  return [`${firstLine} HTTP/1.1`, 'host: x', ...headers, ...length, '', body ?? ''].join('\r\n');
}

export const json = 'content-type: application/json';
export const last = 'connection: close';

/** Sends a body to /graphql with fetch. */
export function post(url: string, body: RequestInit['body'], headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body ?? null,
  });
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Headers;
}

/** Reads an error response; throws where it is not exactly one GraphQL error in JSON. */
export async function refusal(response: Response): Promise<Refusal> {
  if (response.headers.get('content-type') !== 'application/json; charset=utf-8') throw new Error('not JSON');
  return { status: response.status, headers: response.headers, ...onlyError(await response.text()) };
}

/** Reads an error response from its raw text, as {@link refusal} does. */
export function rawRefusal(text: string): Refusal {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  if (headers.get('content-type') !== 'application/json; charset=utf-8') throw new Error(`not JSON: ${text}`);
  if (Number(headers.get('content-length')) !== Buffer.byteLength(body, 'latin1'))
    throw new Error('wrong length');
  return { status: Number(first.split(' ')[1]), headers, ...onlyError(body) };
}

function onlyError(body: string): { code: string; message: string } {
  const { errors, ...rest } = JSON.parse(body) as {
    errors: { message: string; extensions: { code: string } }[];
  };
  const [error, ...others] = errors;
  if (error === undefined || others.length > 0 || Object.keys(rest).length > 0)
    throw new Error(`not exactly one error with a code: ${body}`);
  const { message, extensions, ...more } = error;
  if (Object.keys(more).length > 0 || Object.keys(extensions).join() !== 'code')
    throw new Error(`not exactly one error with a code: ${body}`);
  return { code: extensions.code, message };
}

/** The smallest possible requests, of which one read holds the most. */
export const smallestRequests = [
  'GET / HTTP/1.1\r\n\r\n',
  requestText('GET /nowhere'),
  requestText('GET /healthz'),
].concat(
  requestText('GET /graphql', ['accept: text/html']),
  requestText('POST /graphql', ['content-length: 0']),
);

/** Sends a GET on a new connection from this IP; resolves to its status, or to undefined when the server ends the connection. */
export function statusFrom(
  port: number,
  localAddress: string,
  path = '/healthz',
): Promise<number | undefined> {
  return new Promise((resolve) => {
    httpRequest({ port, host: '127.0.0.1', localAddress, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', () => {
        resolve(undefined);
      })
      .end();
  });
}
