// The load generator, in a process of its own: keeps a number of connections busy, each with one request at a time. It uses bare
// sockets and reads as little of an answer as it can, so that it takes little CPU time from the servers.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  /** The connections are spread over these ports in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  /** Whole requests as bytes of HTTP, sent in turn. */
  readonly requests: readonly string[];
  /** A text that every answer must contain; an answer without it counts as failed. */
  readonly expect: string;
}

/** `open` connects, `run` sends requests and gives the figures, `close` ends the connections. */
export type Order =
  | { readonly kind: 'open'; readonly load: Load }
  | { readonly kind: 'run'; readonly durationMs: number; readonly maxRequests: number }
  | { readonly kind: 'close' };

export interface Run {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The CPU time of the generator itself, in microseconds. */
  readonly cpuUs: number;
  /** The first answer that was not the expected one; null without one. */
  readonly firstFailure: string | null;
}

interface Connection {
  readonly socket: Socket;
  pending: string;
  sentAt: number;
}

let load: Load | null = null;
let connections: Connection[] = [];
let next = 0;
let started = 0;
let active = 0;
let deadline = 0;
let maxRequests = 0;
let latencies: number[] = [];
let failed = 0;
let firstFailure: string | null = null;
let finish: () => void = () => undefined;

async function open(wanted: Load): Promise<void> {
  load = wanted;
  next = 0;
  connections = await Promise.all(
    Array.from({ length: wanted.connections }, async (_, index) => {
      const socket = connect(wanted.ports[index % wanted.ports.length] ?? 0, '127.0.0.1');
      await once(socket, 'connect');
      socket.setNoDelay(true).setEncoding('latin1');
      const connection = { socket, pending: '', sentAt: 0 };
      socket.on('data', (text) => {
        receive(connection, String(text));
      });
      socket.on('close', () => {
        if (connections.includes(connection)) throw new Error('a server closed a connection');
      });
      return connection;
    }),
  );
}

async function run(durationMs: number, limit: number): Promise<Run> {
  latencies = [];
  failed = 0;
  firstFailure = null;
  started = 0;
  maxRequests = limit;
  const before = process.cpuUsage();
  const startedAt = performance.now();
  deadline = startedAt + durationMs;
  active = connections.length;
  await new Promise<void>((resolve) => {
    finish = resolve;
    for (const connection of connections) send(connection);
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    requests: sorted.length,
    failed,
    seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuUs: user + system,
    firstFailure,
  };
}

function send(connection: Connection): void {
  const now = performance.now();
  if (load === null || now >= deadline || started >= maxRequests) {
    active -= 1;
    if (active === 0) finish();
    return;
  }
  started += 1;
  connection.sentAt = now;
  connection.socket.write(load.requests[next % load.requests.length] ?? '', 'latin1');
  next += 1;
}

function receive(connection: Connection, text: string): void {
  const answer = connection.pending === '' ? text : connection.pending + text;
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1 || !isWhole(answer, head)) {
    connection.pending = answer;
    return;
  }
  connection.pending = '';
  latencies.push(performance.now() - connection.sentAt);
  if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(load?.expect ?? '', head)) {
    failed += 1;
    firstFailure ??= answer;
  }
  send(connection);
}

const lengthName = /\r\ncontent-length: (\d+)/i;

/** Tells whether the whole body has arrived, by its length or by its last chunk. */
function isWhole(answer: string, head: number): boolean {
  const length = lengthName.exec(answer.slice(0, head))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= head + 4 + Number(length);
}

function close(): void {
  const open = connections;
  connections = [];
  for (const { socket } of open) socket.destroy();
}

async function execute(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'open':
      return open(order.load);
    case 'run':
      return run(order.durationMs, order.maxRequests);
    case 'close':
      close();
      return undefined;
  }
}

process.on('message', (order: Order) => {
  void execute(order).then((answer) => process.send?.({ answer }));
});
// Ends with the benchmark, however that ended.
process.on('disconnect', () => process.exit());
