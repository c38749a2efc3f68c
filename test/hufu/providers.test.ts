// Sign-ins at providers in a team's own server that is configured by the environment: the requests of providers over Node's
// http and over Fetch, and the hook for a new account.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import { beforeAll, describe, expect, test, vi } from 'vitest';

import { createHufu, fromEnvironment, type Hufu } from '../../src/index.js';
import { readyDatabase, type TestDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { listen } from '../support/listen.js';
import { type LyingProvider, startLyingProvider } from '../support/lyingProvider.js';
import { sessionOperation } from '../support/operations.js';
import {
  askProvider,
  providerEnv,
  redirectUri,
  returnedBy,
  runProvider,
  startAt,
} from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { testSettings } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { silent, startHost, waysToAsk } from './harness.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let database: TestDatabase;
let provider: LyingProvider;
let hufu: Hufu;
let api: string;
let site: string;
let hasRoom = true;

beforeAll(async () => {
  [database, provider] = await Promise.all([readyDatabase(), startLyingProvider()]);
  const settings = testSettings(database, {
    PUBLIC_URL: 'https://sun.example/accounts',
    PROVIDERS: 'acme,apple',
    PROVIDERS_VERIFYING_EMAIL: 'acme,apple',
    PROVIDER_REDIRECT_URIS: redirectUri,
    ...providerEnv('acme', provider.issuer),
    PROVIDER_APPLE_ISSUER: provider.issuer,
    PROVIDER_APPLE_CLIENT_ID: 'hufu',
    PROVIDER_APPLE_TEAM_ID: 'TEAM123456',
    PROVIDER_APPLE_KEY_ID: 'KEY1234567',
    PROVIDER_APPLE_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const options = fromEnvironment();
  vi.unstubAllEnvs();
  hufu = await createHufu({
    ...options,
    log: silent,
    on: {
      registered: () => (hasRoom ? Promise.resolve() : Promise.reject(new Error('the team has no room'))),
    },
  });
  whenFileEnds(() => hufu.stop());
  api = await startHost(hufu, { typeDefs: 'extend type Query { a: Int }', resolvers: {} });
  const server = createServer((request, response) => {
    hufu.node(request, response, () => response.writeHead(404).end());
  });
  site = await listen(server);
});

/** Signs in at the provider, and gives the input of `completeProviderLogin`. */
async function visit(person: string) {
  const { url, challengeToken } = await startAt(api, 'acme');
  return { challengeToken, ...provider.signIn(url, person) };
}

async function reasonOf(token = ''): Promise<string> {
  const { data } = await gql(api, { query: sessionOperation, token });
  return data?.session.__typename === 'SignedOut' ? data.session.reason : 'live';
}

function logoutToken(subject: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const claims = { iss: provider.issuer, aud: 'hufu', iat: seconds, exp: seconds + 120, jti: randomUUID() };
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  return provider.sign({ ...claims, sub: subject, events }, { typ: 'logout+jwt' });
}

test('HUFU-42 the environment MUST configure the providers', async () => {
  expect((await gql(api, { query: '{ providers { id } }' })).data).toEqual({
    providers: [{ id: 'acme' }, { id: 'apple' }],
  });
});

describe('HUFU-43 the requests of providers MUST be served', () => {
  const ways = waysToAsk(
    () => hufu,
    () => site,
  );
  const post = (fields: Readonly<Record<string, string>>) =>
    ({ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) }) as const;

  test.each(ways)('over %s: the form-post callback and the back-channel logout', async (_name, ask) => {
    const { url, challengeToken } = await startAt(api, 'apple');
    const path = new URL(new URL(url).searchParams.get('redirect_uri') ?? '').pathname;
    expect(path).toBe('/accounts/providers/apple/callback');
    const person = randomUUID();
    const back = await ask(path, post({ ...provider.signIn(url, person), user: '{}' }));
    expect([back.status, back.headers.get('set-cookie')]).toEqual([303, null]);
    const onward = new URL(back.headers.get('location') ?? '');
    expect(`${onward.origin}${onward.pathname}`).toBe(redirectUri);
    const input = { challengeToken, ...returnedBy(onward) };
    expect(await runProvider(api, 'completeProviderLogin', input)).toMatchObject({
      __typename: 'RegisterSuccess',
    });
    expect((await ask(path, post({ code: 'x', state: 'forged' }))).status).toBe(400);
    expect((await ask(path)).status).toBe(405);
    const large = await ask(path, post({ code: 'x'.repeat(20_000) }));
    expect([large.status, await large.text()]).toEqual([413, expect.stringContaining('at most 16 KiB')]);

    const employee = randomUUID();
    const { token } = await runProvider(api, 'completeProviderLogin', await visit(employee));
    const logout = '/accounts/providers/acme/logout';
    expect((await ask(logout, post({ logout_token: 'a.b.c' }))).status).toBe(400);
    expect(await reasonOf(token)).toBe('live');
    const ended = await ask(logout, post({ logout_token: await logoutToken(employee) }));
    expect([ended.status, ended.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await reasonOf(token)).toBe('PROVIDER_ENDED');
  });
});

test('HUFU-55 a hook that throws MUST prevent the account of a provider sign-in', async () => {
  const person = randomUUID();
  const written = () =>
    rowsOf(
      database,
      `select (select count(*) from hufu.users) + (select count(*) from hufu.identities)
        + (select count(*) from hufu.sessions) as rows`,
    );
  const input = await visit(person);
  const before = await written();
  hasRoom = false;
  const { data, errors } = await askProvider(api, 'completeProviderLogin', input);
  hasRoom = true;
  expect(data?.['completeProviderLogin']).toBeUndefined();
  expect(errors[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  expect(await written()).toEqual(before);
  expect(await runProvider(api, 'completeProviderLogin', await visit(person))).toMatchObject({
    __typename: 'RegisterSuccess',
    user: { email: `${person}@example.com` },
  });
});
