// The protocols by which other servers authenticate requests: introspection, forward authentication, Hasura and Apollo Router,
// over a real port, with the requests that those servers send.

import { readFileSync } from 'node:fs';

import postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';
import { startProxy } from '../faults/proxy.js';
import { readyDatabase } from '../support/database.js';
import { exchange } from '../http/harness.js';
import { login, phone, register, type SignedInFields } from '../support/operations.js';
import { testSecret } from '../support/settings.js';
import { serviceKey } from '../support/serviceKey.js';
import { startNode } from '../support/startNode.js';
import { type Answer, basic, bearer, form, post, send } from './harness.js';

const database = await readyDatabase();
const env = { INTEGRATIONS: 'introspect,verify,hasura,apollo-router,subgraph', SESSION_LIMIT: '1' };
const node = await startNode({ database, env });
const { url } = node;
const keys = {
  gateway: await serviceKey(node, 'gateway', ['introspect']),
  support: await serviceKey(node, 'support', ['introspect', 'explain']),
  reader: await serviceKey(node, 'reader', ['feed']),
  router: await serviceKey(node, 'router', ['subgraph']),
};

let live: SignedInFields;
let ended: string;
/** A token for the live session that another issuer has signed with the same secret. */
let foreign: string;

beforeAll(async () => {
  const first = await register(url);
  ended = first.token;
  live = await login(url, first.user.email, phone);
  const keyring = createKeyring(testSecret, null);
  foreign = createSessionTokens({ keyring, issuer: 'other', audience: 'hufu' }).sign(
    {
      userId: live.user.id,
      sessionId: live.session.id,
      signedInAt: new Date(live.session.signedInAt),
      expiresAt: new Date(live.expiresAt),
    },
    new Date(),
  );
});

const introspect = (token: string, headers = bearer(keys.gateway)) =>
  send(url, '/introspect', form({ token }, headers));

describe('introspection', () => {
  it('a live token MUST be active and have the claims of its session (RFC 7662)', async () => {
    const { status, headers, body } = await introspect(live.token);

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const signedIn = Math.floor(Date.parse(live.session.signedInAt) / 1_000);
    expect(body).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: 'hufu',
      aud: 'hufu',
      client_id: 'hufu',
      scope: 'session',
      sub: live.user.id,
      sid: live.session.id,
      exp: Math.floor(Date.parse(live.expiresAt) / 1_000),
      iat: signedIn,
      auth_time: signedIn,
      acr: 'aal1',
      amr: ['pwd'],
      methods: ['PASSWORD'],
      user_methods: ['PASSWORD'],
      email: live.user.email,
      email_verified: false,
    });
  });

  it('a service key MUST be accepted as Basic and as Bearer credentials', async () => {
    for (const headers of [basic('gateway', keys.gateway), bearer(keys.gateway)])
      expect(await introspect(live.token, headers)).toMatchObject({ status: 200, body: { active: true } });
  });

  it('an inactive token MUST have no claims, and a reason only for a service with the scope explain', async () => {
    for (const token of [ended, foreign, 'no token', ''])
      expect((await introspect(token)).body).toEqual({ active: false });

    const explained = await introspect(ended, bearer(keys.support));
    expect(explained.body).toEqual({
      active: false,
      hufu: { reason: 'SUPERSEDED', at: expect.any(String) as string, by: phone },
    });
    const unexplained = await introspect(foreign, bearer(keys.support));
    expect(unexplained.body).toEqual({
      active: false,
      hufu: { reason: 'INVALID_TOKEN', at: null, by: null },
    });
  });

  it('a batch MUST be answered in the order of its tokens', async () => {
    const tokens = [live.token, ended, foreign, live.token];
    const { status, body } = await send(url, '/introspect', post({ tokens }, bearer(keys.gateway)));

    expect(status).toBe(200);
    expect(body).toMatchObject({
      results: [{ active: true, sub: live.user.id }, { active: false }, { active: false }, { active: true }],
    });
    const none = await send(url, '/introspect', post({ tokens: [] }, bearer(keys.gateway)));
    expect(none.body).toEqual({ results: [], at: expect.any(String) as string });
  });

  it('missing, malformed, unknown and wrong credentials MUST get the same answer', async () => {
    const wrong = `${keys.gateway.slice(0, -4)}AAAA`;
    const answers = await Promise.all(
      [
        {},
        bearer(wrong),
        bearer('hufu_0000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
        bearer(live.token),
        basic('gateway', wrong),
        basic('support', keys.gateway),
        { authorization: 'Basic !!!' },
        { authorization: 'Negotiate abc' },
      ].map((headers) => introspect(live.token, headers)),
    );

    const [first] = answers;
    expect(first).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(first?.headers.get('www-authenticate')).toMatch(/^Basic realm="hufu".*, Bearer realm="hufu"/);
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 401, body: first?.body });
  });

  it('a service without the scope introspect MUST be refused', async () => {
    const refused = await introspect(live.token, bearer(keys.reader));
    expect(refused).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
  });

  it.each([
    ['a form without a token', form({ other: 'a' }, {}), 400],
    ['JSON with other fields', post({ token: 'a' }), 400],
    ['a list', post(['a']), 400],
    ['too many tokens', post({ tokens: Array.from({ length: 101 }, () => 'a') }), 400],
    ['invalid JSON', post('{'), 400],
    ['another content type', post('a', { 'content-type': 'text/plain' }), 415],
    ['a body over the limit', post({ tokens: ['a'.repeat(102_400)] }), 413],
  ])('%s MUST be refused', async (_name, init, status) => {
    const headers = { ...(init.headers as Record<string, string>), ...bearer(keys.gateway) };
    expect((await send(url, '/introspect', { ...init, headers })).status).toBe(status);
  });
});

describe('forward authentication', () => {
  const verify = (headers: Readonly<Record<string, string>>, path = '/verify') =>
    send(url, path, { headers });

  it("a live token MUST be accepted with its own user, whatever the client's headers claim", async () => {
    const spoofed = {
      ...bearer(live.token),
      'x-hufu-user-id': 'someone',
      'x-hufu-email': 'root@example.com',
    };
    const { status, headers } = await verify(spoofed);

    expect(status).toBe(204);
    expect(headers.get('x-hufu-user-id')).toBe(live.user.id);
    expect(headers.get('x-hufu-session-id')).toBe(live.session.id);
    expect(headers.get('x-hufu-email')).toBe(live.user.email);
    expect(headers.get('x-hufu-methods')).toBe('PASSWORD');
  });

  it('a live token MUST get 200 below /verify for every method, since Envoy asks there', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await send(url, '/verify/graphql?a=b', { method, headers: bearer(live.token) });
      expect(answer.status).toBe(200);
    }
    expect((await verify(bearer(live.token), '/verified')).status).toBe(404);
  });

  it("a path below /verify MUST NOT lead to another route, since Envoy appends the client's path", async () => {
    for (const path of ['/verify/../healthz', '/verify/%2e%2e/healthz', '/verify//healthz']) {
      const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`;
      expect(await exchange(Number(new URL(url).port), request)).toMatch(/^HTTP\/1\.1 401 /);
    }
  });

  it('an ended, foreign or missing token MUST get 401 with the reason', async () => {
    const reasonOf = async (headers: Readonly<Record<string, string>>) => {
      const answer = await verify(headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('x-hufu-user-id')).toBeNull();
      return [answer.headers.get('x-hufu-reason'), answer.headers.get('www-authenticate')];
    };
    const invalid = 'Bearer realm="hufu", error="invalid_token"';
    expect(await reasonOf(bearer(ended))).toEqual(['SUPERSEDED', invalid]);
    expect(await reasonOf(bearer(foreign))).toEqual(['INVALID_TOKEN', invalid]);
    expect(await reasonOf({ 'x-hufu-user-id': live.user.id })).toEqual(['NO_TOKEN', 'Bearer realm="hufu"']);
    const { body } = await verify(bearer(ended));
    expect(body).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'SUPERSEDED', by: phone } }],
    });
  });
});

describe('Hasura', () => {
  const recorded = readFileSync(new URL('recorded/hasuraPost.json', import.meta.url), 'utf8');
  const variables = () => ({
    'X-Hasura-User-Id': live.user.id,
    'X-Hasura-Role': 'user',
    'X-Hasura-Session-Id': live.session.id,
    'Cache-Control': 'max-age=60',
  });
  const get = (headers: Readonly<Record<string, string>>) => send(url, '/hasura', { headers });

  it('a live token MUST give the session variables as strings, by GET and by POST', async () => {
    const byGet = await get({ ...bearer(live.token), 'x-hasura-user-id': 'spoofed' });
    const byPost = await send(url, '/hasura', post(recorded.replace('TOKEN', live.token)));
    for (const { status, body } of [byGet, byPost])
      expect({ status, body }).toEqual({ status: 200, body: variables() });
  });

  it('a rejected token MUST get 401, never the role anonymous', async () => {
    for (const token of [ended, foreign]) {
      expect((await get(bearer(token))).status).toBe(401);
      expect((await send(url, '/hasura', post(recorded.replace('TOKEN', token)))).status).toBe(401);
    }
    const several = { headers: { Authorization: `Bearer ${live.token}`, authorization: `Bearer ${ended}` } };
    expect((await send(url, '/hasura', post(several))).status).toBe(401);
  });

  it('a request without a token MUST get the role anonymous, without an expiry', async () => {
    const anonymous = { status: 200, body: { 'X-Hasura-Role': 'anonymous' } };
    expect(await get({})).toMatchObject(anonymous);
    const posted = await send(url, '/hasura', post({ headers: {} }));
    expect({ status: posted.status, body: posted.body }).toEqual(anonymous);
  });

  it('a requested role MUST be refused unless the user has it', async () => {
    const as = async (role: string, token?: string) => {
      const asked = { 'x-hasura-role': role, ...(token === undefined ? {} : bearer(token)) };
      const [byGet, byPost] = await Promise.all([
        get(asked),
        send(url, '/hasura', post({ headers: { ...asked, 'X-Other': 'a' } })),
      ]);
      expect([byGet.status, byGet.body]).toEqual([byPost.status, byPost.body]);
      return byGet.status === 200 ? (byGet.body as Record<string, string>)['X-Hasura-Role'] : byGet.status;
    };
    expect(await as('user', live.token)).toBe('user');
    expect(await as('anonymous', live.token)).toBe('anonymous');
    expect(await as('admin', live.token)).toBe(401);
    expect(await as('user')).toBe(401);
    expect(await as('admin')).toBe(401);
  });

  it.each([
    [post([]), 400],
    [post({ headers: 'a' }), 400],
    [post({}), 400],
    [post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
    [post({ headers: { 'X-Hasura-Role': ['user'] } }), 401],
  ])('an invalid body MUST be refused: %j', async (init, status) => {
    expect((await send(url, '/hasura', init)).status).toBe(status);
  });
});

interface RouterAnswer {
  readonly control: unknown;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly context?: { readonly entries: Readonly<Record<string, unknown>> };
  readonly body?: string;
}

const recordedRouter = readFileSync(new URL('recorded/routerRequest.json', import.meta.url), 'utf8');
const recordedEntities = readFileSync(new URL('recorded/routerEntities.json', import.meta.url), 'utf8');

describe('Apollo Router', () => {
  const ask = (token: string) => send(url, '/apollo-router', post(recordedRouter.replace('TOKEN', token)));
  const asked = JSON.parse(recordedRouter) as RouterAnswer & { readonly id: string };

  it('a live token MUST add its claims to the context, and keep all other headers and entries', async () => {
    const { status, body } = await ask(live.token);

    expect(status).toBe(200);
    const { headers, context, ...head } = body as RouterAnswer;
    expect(head).toEqual({ version: 1, stage: 'RouterRequest', id: asked.id, control: 'continue' });
    expect(headers).toEqual({
      ...asked.headers,
      authorization: [`Bearer ${live.token}`],
      'x-hufu-user-id': [live.user.id],
      'x-hufu-session-id': [live.session.id],
      'x-hufu-email': [live.user.email],
      'x-hufu-methods': ['PASSWORD'],
    });
    const { 'apollo::authentication::jwt_claims': claims, ...rest } = context?.entries ?? {};
    expect(rest).toEqual(asked.context?.entries);
    expect(claims).toMatchObject({ sub: live.user.id, sid: live.session.id, scope: 'session' });
  });

  it('a rejected token MUST break the request with reason, at and by in the body', async () => {
    const { status, body } = await ask(ended);

    expect(status).toBe(200);
    const { control, headers, body: text } = body as RouterAnswer;
    expect({ control, type: headers['content-type'] }).toEqual({
      control: { break: 401 },
      type: ['application/json'],
    });
    expect(JSON.parse(text ?? '')).toMatchObject({
      errors: [
        {
          extensions: {
            code: 'UNAUTHENTICATED',
            reason: 'SUPERSEDED',
            at: expect.any(String) as string,
            by: phone,
          },
        },
      ],
    });
    expect((await ask(foreign)).body).toMatchObject({ control: { break: 401 } });
  });

  it('a request without a token MUST continue without claims, and without the headers of Hufu that the client set', async () => {
    const names = Object.entries(asked.headers).filter(([name]) => !/^(?:authorization|x-hufu-)/.test(name));
    const kept = Object.fromEntries(names);
    const spoofed = asked.headers['x-hufu-user-id'];
    const { body } = await send(
      url,
      '/apollo-router',
      post({ ...asked, headers: { ...kept, 'X-Hufu-User-Id': spoofed, 'X_Hufu-Email': spoofed } }),
    );

    expect(body).toEqual({
      version: 1,
      stage: 'RouterRequest',
      id: asked.id,
      control: 'continue',
      headers: kept,
    });
  });

  it('a body that is no RouterRequest with headers and context MUST be refused', async () => {
    const withoutContext = { ...asked, context: undefined };
    for (const wrong of [
      { ...asked, stage: 'SubgraphRequest' },
      { ...asked, version: 2 },
      withoutContext,
      {},
    ])
      expect((await send(url, '/apollo-router', post(wrong))).status).toBe(400);
  });
});

describe('every protocol', () => {
  const requests = (token: string): readonly (readonly [string, RequestInit])[] => [
    ['/introspect', form({ token }, bearer(keys.gateway))],
    ['/introspect', post({ tokens: [token, token] }, bearer(keys.gateway))],
    ['/verify', { headers: bearer(token) }],
    ['/hasura', { headers: bearer(token) }],
    ['/apollo-router', post(recordedRouter.replace('TOKEN', token))],
    ['/subgraph', post(recordedEntities.replace('USER', live.user.id), bearer(keys.router))],
  ];

  it('MUST be off until INTEGRATIONS names it', async () => {
    const bare = await startNode({ database });
    for (const [path, init] of requests(live.token))
      expect((await send(bare.url, path, init)).status).toBe(404);
    await bare.stop();
  });

  it('MUST answer 503 while the database cannot be reached, and never refuse the token', async () => {
    const proxy = await startProxy(database.env['DATABASE_URL'] ?? '');
    const node = await startNode({ database: { env: { ...database.env, DATABASE_URL: proxy.url } }, env });
    for (const [path, init] of requests(live.token))
      expect((await send(node.url, path, init)).status).toBeLessThan(300);

    proxy.refuse();
    const startedAt = performance.now();
    const answers = await Promise.all(
      requests(live.token).map(async ([path, init]): Promise<readonly [string, Answer]> => [
        path,
        await send(node.url, path, init),
      ]),
    );
    for (const [path, { status, body }] of answers) {
      if (path === '/apollo-router') expect([status, body]).toMatchObject([200, { control: { break: 503 } }]);
      else expect([path, status]).toEqual([path, 503]);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await node.stop();
  });
});

describe('a session look-up that hangs', () => {
  it('MUST become 503 for a valid service key, and reach Apollo Router within 2 s', async () => {
    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
    const hold = await sql.reserve();
    await hold`begin`;
    await hold`lock table hufu.sessions in access exclusive mode`;
    try {
      const startedAt = performance.now();
      const [single, batch, router] = await Promise.all([
        introspect(live.token),
        send(url, '/introspect', post({ tokens: [live.token, 'no token'] }, bearer(keys.gateway))),
        send(url, '/apollo-router', post(recordedRouter.replace('TOKEN', live.token))).then((answer) => ({
          ...answer,
          tookMs: performance.now() - startedAt,
        })),
      ]);
      expect([single.status, batch.status]).toEqual([503, 503]);
      expect(router).toMatchObject({ status: 200, body: { control: { break: 503 } } });
      // The route answers before the time limit of the look-up itself.
      expect(router.tookMs).toBeLessThan(2_000);
    } finally {
      await hold`rollback`;
      hold.release();
      await sql.end();
    }
    expect(await introspect(live.token)).toMatchObject({ status: 200, body: { active: true } });
  });
});

it('wrong service keys MUST be limited, and the correct key MUST still be accepted', async () => {
  const limited = await startNode({
    database,
    env: { ...env, RATE_LIMITS: 'on', RATE_LIMIT_IP_GUESSES_PER_HOUR: '2' },
  });
  const ask = (key: string) => send(limited.url, '/introspect', form({ token: live.token }, bearer(key)));
  const statuses: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) statuses.push((await ask('wrong')).status);

  expect(statuses).toEqual([401, 401, 429]);
  expect((await ask(keys.gateway)).status).toBe(200);
  await limited.stop();
});
