// The node's metrics, as Prometheus scrapes them.

import { expect, test } from 'vitest';

import { readConfig } from '../../src/config/index.js';
import { startApp } from '../../src/app.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { startLyingProvider } from '../support/lyingProvider.js';
import { loginOperation, meOperation, password, register } from '../support/operations.js';
import { providerEnv, redirectUri, runProvider, startAt } from '../support/providers.js';
import { testSettings } from '../support/settings.js';
import { openSocket } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

const acme = await startLyingProvider();
const app = await startApp(
  readConfig(
    testSettings(await readyDatabase(), {
      LOG_LEVEL: 'silent',
      METRICS_PORT: '0',
      PROVIDERS: 'acme,down',
      PROVIDER_REDIRECT_URIS: redirectUri,
      ...providerEnv('acme', acme.issuer),
      ...providerEnv('down', `http://127.0.0.1:${String(await freePort())}`),
    }),
  ),
);
whenFileEnds(() => app.stop());

/** Reads the value of a metric by its name and labels as the endpoint writes them; 0 where it is missing. */
async function value(line: string): Promise<number> {
  const text = await (await fetch(app.metricsUrl ?? '')).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length) ?? 0);
}

test('METRICS-01 a node MUST NOT serve metrics unless METRICS_PORT is set', async () => {
  const config = readConfig(testSettings(await readyDatabase(), { LOG_LEVEL: 'silent' }));
  expect(config.metrics).toBeNull();
  const node = await startApp(config);
  expect(node.metricsUrl).toBeNull();
  expect((await fetch(new URL('/metrics', node.url))).status).toBe(404);
  await node.stop();
});

test('METRICS-02 a node MUST count requests, results, reasons of rejected tokens, and ended sessions', async () => {
  const { token, user } = await register(app.url);
  const input = { email: user.email, password };
  await gql(app.url, { query: loginOperation, variables: { input } });
  await gql(app.url, { query: loginOperation, variables: { input: { ...input, password: 'another one' } } });
  await gql(app.url, { query: meOperation, token });
  await gql(app.url, { query: '{ nothing }' });

  expect(await value('hufu_http_requests_total{path="/graphql",status="200"}')).toBeGreaterThanOrEqual(4);
  expect(await value('hufu_mutation_results_total{field="login",result="LoginSuccess"}')).toBe(1);
  expect(await value('hufu_mutation_results_total{field="login",result="InvalidCredentials"}')).toBe(1);
  expect(await value('hufu_sessions_ended_total{reason="SUPERSEDED"}')).toBe(1);
  expect(await value('hufu_rejected_tokens_total{reason="SUPERSEDED"}')).toBe(1);
  expect(await value('hufu_operations_total{type="query",outcome="UNAUTHENTICATED"}')).toBe(1);
  expect(await value('hufu_operations_total{type="none",outcome="GRAPHQL_VALIDATION_FAILED"}')).toBe(1);
  expect(await value('hufu_hash_seconds_count')).toBe(3);
  expect(await value('hufu_http_request_seconds_count{path="/graphql"}')).toBeGreaterThanOrEqual(5);
});

test('METRICS-07 a node MUST count the calls to providers and the logout tokens from them, by provider and outcome', async () => {
  await startAt(app.url, 'acme');
  await runProvider(app.url, 'startProviderLogin', { provider: 'down', redirectUri });
  const body = new URLSearchParams({ logout_token: 'a.b.c' });
  expect((await fetch(new URL('/providers/acme/logout', app.url), { method: 'POST', body })).status).toBe(
    400,
  );

  const acts = (provider: string, outcome: string) =>
    value(`hufu_provider_acts_total{provider="${provider}",outcome="${outcome}"}`);
  expect([await acts('acme', 'OK'), await acts('acme', 'REJECTED')]).toEqual([1, 1]);
  expect([await acts('down', 'OK'), await acts('down', 'UNAVAILABLE')]).toEqual([0, 1]);
});

test('METRICS-03 a node MUST measure at each scrape its queued hashes, connections, sockets and the lag of end events', async () => {
  const { token, user } = await register(app.url);
  const socket = await openSocket(app.url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await socket.message('connection_ack');
  expect(await value('hufu_sockets')).toBe(1);
  expect(await value('hufu_hashes{state="queued"}')).toBe(0);
  expect(await value('hufu_database_connections{pool="work",state="waiting"}')).toBe(0);

  await gql(app.url, { query: loginOperation, variables: { input: { email: user.email, password } } });
  await socket.closed();
  await expect.poll(() => value('hufu_event_lag_seconds_count')).toBe(1);
  await expect.poll(() => value('hufu_sockets')).toBe(0);
});

test('METRICS-04 the metrics port MUST answer GET /metrics alone, and no label MUST contain text of a client', async () => {
  const base = new URL('/', app.metricsUrl ?? '');
  expect((await fetch(base)).status).toBe(404);
  expect((await fetch(app.metricsUrl ?? '', { method: 'POST' })).status).toBe(404);
  await gql(app.url, { query: 'query MarkedName { session { __typename } }' });
  await fetch(new URL('/marked-path', app.url));
  const text = await (await fetch(app.metricsUrl ?? '')).text();
  expect(text).not.toMatch(/marked/i);
  expect(text).toContain('hufu_http_requests_total{path="(other)",status="404"} 1');
});

test('METRICS-05 a node that stops MUST close its metrics port', async () => {
  const node = await startApp(
    readConfig(testSettings(await readyDatabase(), { LOG_LEVEL: 'silent', METRICS_PORT: '0' })),
  );
  const url = node.metricsUrl ?? '';
  expect((await fetch(url)).status).toBe(200);
  await node.stop();
  await expect(fetch(url)).rejects.toThrow();
});

test('METRICS-06 a node without METRICS_PORT MUST register users', async () => {
  const { url } = await startNode();
  expect((await register(url)).__typename).toBe('RegisterSuccess');
});
