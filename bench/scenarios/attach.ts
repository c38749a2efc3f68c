// Requests of other servers: introspection against `me` at the same number of connections, the time that `hufu/remote` adds to a
// request of a team's server, and the time until the consumers of the feed get an end.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import postgresClient from 'postgres';

import { makeServiceKey } from '../../src/integrations/serviceKeys.js';
import { openCheckout } from '../harness/checkouts.js';
import { graphqlRequest } from '../harness/load.js';
import { median, quantile, short } from '../harness/numbers.js';
import { ask, me, meAnswers, meRequests } from '../harness/operations.js';
import { type MeasuredServer, startServer } from '../harness/processes.js';
import { print, printTable, progress } from '../harness/report.js';
import { measure, rateOf, ratios, table, type Variant } from '../harness/rounds.js';
import { nowMs } from '../harness/subscribers.js';
import { type Scenario } from './bench.js';

const sessions = 1_000;
const manyTokens = 16;
const remoteConnections = 16;
const consumers = 1_000;
const perSecond = 10;
const feedTimeoutMs = 10_000;

export const attachScenario: Scenario = async ({ full, pace, connections, postgres, generator, bar }) => {
  const ours = await openCheckout(postgres, 'bench_attach', null);
  const env = { INTEGRATIONS: 'introspect,feed' };
  const [node, other] = [await ours.start(env), await ours.start(env)];
  const tokens = await ours.addSessions(sessions);
  const key = await addService(ours.url);
  await ask(node, me, tokens[0]);

  const variant = (name: string, requests: readonly string[], expect: string): Variant => ({
    name,
    load: { ports: [node.port], connections, requests, expect },
    servers: [node],
    databaseCpuUs: () => postgres.cpuUs(),
  });
  const batches = tokens.map((_token, index) =>
    Array.from({ length: manyTokens }, (_, at) => tokens[(index + at) % sessions] ?? ''),
  );
  const measured = await measure(
    generator,
    [
      variant('`me`', meRequests(tokens), meAnswers),
      variant(
        'introspection, a batch of 1 token',
        tokens.map((token) => introspection(key, [token])),
        '"active":true',
      ),
      variant(
        `introspection, a batch of ${String(manyTokens)} tokens`,
        batches.map((batch) => introspection(key, batch)),
        '"active":true',
      ),
    ],
    pace,
  );
  const [own, single] = measured;
  if (own === undefined || single === undefined) throw new Error('nothing was measured');
  print('## Introspection');
  print();
  print(
    `${String(connections)} connections, ${sessions.toLocaleString('en-US')} sessions in PostgreSQL. Base: \`me\` on the same node. A service's key is looked`,
  );
  print('up for each request, beside the sessions.');
  print();
  printTable(table(measured, own));
  bar({
    name: 'introspection in a batch: requests/s of `me`',
    measured: median(ratios(single, own, rateOf)),
    wanted: 0.8,
    atLeast: true,
  });

  const [without, withRemote] = [
    await startHost({}),
    await startHost({ HUFU_URL: `http://127.0.0.1:${String(node.port)}`, SERVICE_KEY: key }),
  ];
  const greetings = tokens.map((token) => graphqlRequest({ query: '{ greeting }' }, token));
  const greeting = (name: string, host: MeasuredServer): Variant => ({
    name,
    load: { ports: [host.port], connections: remoteConnections, requests: greetings, expect: '"greeting":"' },
    servers: [host],
  });
  const greeted = await measure(
    generator,
    [greeting('without a session', without), greeting('`hufu/remote`', withRemote)],
    pace,
  );
  await Promise.all([without.stop(), withRemote.stop()]);
  const [plain, remote] = greeted;
  if (plain === undefined || remote === undefined) throw new Error('nothing was measured');
  print('## What `hufu/remote` adds to a request');
  print();
  print(
    `Apollo standalone with ${String(remoteConnections)} connections, on its own and asking the node for each request.`,
  );
  print();
  printTable(table(greeted, plain));
  bar({
    name: `\`hufu/remote\`: added at the median, ${String(remoteConnections)} connections`,
    measured: median(remote.samples.map(({ p50Ms }, round) => p50Ms - (plain.samples[round]?.p50Ms ?? 0))),
    wanted: 1.2,
    atLeast: false,
    unit: ' ms',
  });

  const ends = tokens.slice(0, full ? 300 : 100);
  const [delays, first] = await followEnds(other, node, key, ends);
  print('## From the end of a session to the consumers of the feed');
  print();
  print(
    `${String(perSecond)} logouts/s on one node, ${consumers.toLocaleString('en-US')} consumers on another. A session has ended at the time that the event has, just`,
  );
  print('before the commit.');
  print();
  printTable([
    ['', 'median ms', 'p99 ms', 'max ms'],
    ['the last consumer', short(median(delays)), short(quantile(delays, 0.99)), short(Math.max(...delays))],
    ['the first consumer', short(median(first)), short(quantile(first, 0.99)), short(Math.max(...first))],
  ]);
  bar({
    name: 'feed: median to the last consumer',
    measured: median(delays),
    wanted: 50,
    atLeast: false,
    unit: ' ms',
  });
  bar({
    name: 'feed: p99 to the last consumer',
    measured: quantile(delays, 0.99),
    wanted: 1_000,
    atLeast: false,
    unit: ' ms',
  });
};

function startHost(env: Readonly<Record<string, string>>): Promise<MeasuredServer> {
  const program = fileURLToPath(new URL('../servers/remote.ts', import.meta.url));
  return startServer({ args: ['--import', import.meta.resolve('tsx'), program], env });
}

async function addService(databaseUrl: string): Promise<string> {
  const sql = postgresClient(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const { id, key, hash } = makeServiceKey();
    await sql`insert into hufu.service_accounts (name, scopes, created_at)
      values ('bench', '{introspect,feed}', now())`;
    await sql`insert into hufu.service_keys (id, service, hash, created_at) values (${id}, 'bench', ${hash}, now())`;
    return key;
  } finally {
    await sql.end();
  }
}

function introspection(key: string, tokens: readonly string[]): string {
  const body = JSON.stringify({ tokens });
  return (
    'POST /introspect HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\naccept: application/json\r\n' +
    `content-type: application/json\r\nauthorization: Bearer ${key}\r\n` +
    `content-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`
  );
}

/** Logs sessions out at one node, and gives the delays until the last and the first consumer at another node got each end. */
async function followEnds(
  followed: MeasuredServer,
  node: MeasuredServer,
  key: string,
  tokens: readonly string[],
): Promise<readonly [readonly number[], readonly number[]]> {
  const sockets: Socket[] = [];
  const arrivals = new Map<string, { endedAtMs: number; firstMs: number; lastMs: number; count: number }>();
  // Uses plain sockets, because 1,000 streams of fetch would take the CPU time that the nodes need.
  const follow = async () => {
    const socket = connect(followed.port, '127.0.0.1');
    sockets.push(socket);
    socket.write(`GET /sessions/ended HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n\r\n`);
    await once(socket, 'data');
    let rest = '';
    socket.on('data', (bytes: Buffer) => {
      const events = `${rest}${bytes.toString('latin1')}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) if (event.includes('event: ended')) note(event);
    });
  };
  const note = (event: string) => {
    const [, sessionId = '', at = ''] = /"sessionId":"([^"]*)".*"at":"([^"]*)"/.exec(event) ?? [];
    const arrivedAtMs = nowMs();
    const known = arrivals.get(sessionId) ?? {
      endedAtMs: Date.parse(at),
      firstMs: arrivedAtMs,
      lastMs: 0,
      count: 0,
    };
    known.lastMs = arrivedAtMs;
    known.count += 1;
    arrivals.set(sessionId, known);
  };
  for (let done = 0; done < consumers; done += 50) await Promise.all(Array.from({ length: 50 }, follow));
  progress(`${String(consumers)} consumers of the feed`);
  await pause(1_500);

  const startMs = nowMs();
  for (const [index, token] of tokens.entries()) {
    await pause(Math.max(0, startMs + (index * 1_000) / perSecond - nowMs()));
    await ask(node, { query: 'mutation { logout { session { id } } }' }, token);
  }
  const haveAllArrived = () =>
    arrivals.size === tokens.length && [...arrivals.values()].every(({ count }) => count >= consumers);
  const untilMs = nowMs() + feedTimeoutMs;
  while (!haveAllArrived()) {
    if (nowMs() > untilMs) throw new Error('a consumer did not get an end');
    await pause(50);
  }
  for (const socket of sockets) socket.destroy();
  const all = [...arrivals.values()];
  return [
    all.map(({ endedAtMs, lastMs }) => lastMs - endedAtMs),
    all.map(({ endedAtMs, firstMs }) => firstMs - endedAtMs),
  ];
}
