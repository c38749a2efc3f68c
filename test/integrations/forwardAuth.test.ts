// Forward authentication by nginx itself, and the configurations of the other gateways against the contract.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { startProxy } from '../faults/proxy.js';
import { readyDatabase } from '../support/database.js';
import { hasNginx, needsNginx, startNginx } from '../support/nginx.js';
import { login, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { bearer, send } from './harness.js';

describe('nginx', async () => {
  if (!hasNginx) {
    it.skip(needsNginx);
    return;
  }
  const database = await readyDatabase();
  const proxy = await startProxy(database.env['DATABASE_URL'] ?? '');
  const env = { INTEGRATIONS: 'verify', TRUST_PROXY: '1' };
  const node = await startNode({ database: { env: { ...database.env, DATABASE_URL: proxy.url } }, env });

  /** Every request that came through to the API. */
  const arrived: IncomingHttpHeaders[] = [];
  const api = createServer((request, response) => {
    arrived.push(request.headers);
    request.resume().on('end', () => response.end('{"data":{}}'));
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  whenFileEnds(async () => {
    api.close();
    await once(api, 'close');
  });
  const ports = [Number(new URL(node.url).port), (api.address() as AddressInfo).port];
  const nginx = await startNginx(ports, 'examples/integrations/nginx.conf');
  const ask = (headers: Readonly<Record<string, string>>) =>
    send(nginx.url, '/graphql', { method: 'POST', headers, body: '{"query":"{ a }"}' });

  it('MUST pass on a request of a live session with its user, and none of the headers that a client made up', async () => {
    const { token, user, session } = await register(node.url);
    const spoofed = {
      'x-hufu-user-id': 'root',
      'x-hufu-email': 'root@example.com',
      'x-hufu-methods': 'PASSKEY',
    };

    expect((await ask({ ...bearer(token), ...spoofed })).status).toBe(200);

    expect(arrived.splice(0)).toMatchObject([
      {
        'x-hufu-user-id': user.id,
        'x-hufu-session-id': session.id,
        'x-hufu-email': user.email,
        'x-hufu-methods': 'PASSWORD',
      },
    ]);
  });

  it('MUST refuse a request without a live session from the next one on, with the reason', async () => {
    const { token, user } = await register(node.url);
    expect((await ask(bearer(token))).status).toBe(200);
    await login(node.url, user.email);
    arrived.length = 0;

    const superseded = await ask(bearer(token));
    expect(superseded).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' } }] },
    });
    expect(superseded.headers.get('www-authenticate')).toBe('Bearer realm="hufu", error="invalid_token"');
    const stranger = await ask({ 'x-hufu-user-id': user.id });
    expect(stranger).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { reason: 'NO_TOKEN' } }] },
    });
    expect(arrived).toEqual([]);
  });

  it('MUST say 503 while Hufu has no database, and let nothing through', async () => {
    const { token } = await register(node.url);
    arrived.length = 0;
    proxy.refuse();
    expect(await ask(bearer(token))).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
    });
    expect(arrived).toEqual([]);
    await proxy.pass();
  });
});

describe('the configurations of gateways', () => {
  const headers = ['x-hufu-email', 'x-hufu-methods', 'x-hufu-session-id', 'x-hufu-user-id'];

  it.each([
    ['nginx.conf', 'http://hufu/verify'],
    ['traefik.yaml', 'http://hufu:4000/verify'],
    ['forwardAuth.caddy', 'uri /verify'],
    ['envoy.yaml', 'path_prefix: /verify'],
    ['router.yaml', 'http://hufu:4000/apollo-router'],
  ])('%s MUST ask the path that there is, and pass on every header that it gives', (file, path) => {
    const text = readFileSync(`examples/integrations/${file}`, 'utf8');
    expect(text).toContain(path);
    const named = [...text.toLowerCase().matchAll(/x-hufu-[a-z-]*[a-z]/g)].map(([name]) => name);
    expect([...new Set(named)].filter((name) => name !== 'x-hufu-reason').sort()).toEqual(headers);
  });

  it('hasura.yaml MUST name the webhook and set an administrator secret', () => {
    const text = readFileSync('examples/integrations/hasura.yaml', 'utf8');
    expect(text).toMatch(/HASURA_GRAPHQL_ADMIN_SECRET: \S/);
    expect(text).toContain('HASURA_GRAPHQL_AUTH_HOOK: http://hufu:4000/hasura');
  });
});
