// Forward authentication by real nginx and Caddy, and the example configurations of the other gateways.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';

import { startProxy } from '../faults/proxy.js';
import { hasCaddy, needsCaddy, startCaddy } from '../support/caddy.js';
import { readyDatabase } from '../support/database.js';
import { listen } from '../support/listen.js';
import { hasNginx, needsNginx, startNginx } from '../support/nginx.js';
import { login, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { bearer, send } from './harness.js';

/** Starts a Hufu whose database can fail, and an API that records Hufu's headers of each request. */
async function startServers() {
  const database = await readyDatabase();
  const proxy = await startProxy(database.env['DATABASE_URL'] ?? '');
  const env = { INTEGRATIONS: 'verify', TRUST_PROXY: '1' };
  const node = await startNode({ database: { env: { ...database.env, DATABASE_URL: proxy.url } }, env });

  const arrived: Record<string, unknown>[] = [];
  const api = createServer((request, response) => {
    const headers = Object.entries(request.headersDistinct);
    arrived.push(Object.fromEntries(headers.filter(([name]) => name.includes('hufu'))));
    if (request.method === 'OPTIONS') response.writeHead(204, preflightHeaders).end();
    else if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    } else request.resume().on('end', () => response.end('{"data":{}}'));
  });
  new WebSocketServer({ server: api }).on('connection', (socket, { headers }) => {
    socket.send(String(headers['x-hufu-user-id']));
  });
  const portOf = (url: string) => Number(new URL(url).port);
  return { node, proxy, arrived, hufuPort: portOf(node.url), apiPort: portOf(await listen(api)) };
}

/** The answer of the API to a preflight. */
const preflightHeaders = {
  'access-control-allow-origin': 'https://api.of.the.app',
  'access-control-allow-headers': 'authorization',
};

let servers: ReturnType<typeof startServers> | null = null;

const gateways = [
  {
    name: 'nginx',
    isThere: hasNginx,
    needs: needsNginx,
    start: async (hufuPort: number, apiPort: number) =>
      (await startNginx([hufuPort, apiPort], 'examples/integrations/nginx.conf')).url,
    unreachable: 503,
    passesStreams: false,
  },
  {
    name: 'Caddy',
    isThere: hasCaddy,
    needs: needsCaddy,
    start: startCaddy,
    unreachable: 502,
    passesStreams: true,
  },
] as const;

describe.each(gateways)('$name', async ({ isThere, needs, start, unreachable, passesStreams }) => {
  if (!isThere) {
    it.skip(needs);
    return;
  }
  const { node, proxy, arrived, hufuPort, apiPort } = await (servers ??= startServers());
  const url = await start(hufuPort, apiPort);
  const ask = (headers: Readonly<Record<string, string>>, gateway = url) =>
    send(gateway, '/graphql', { method: 'POST', headers, body: '{"query":"{ a }"}' });

  it('MUST pass a request of a live session on with its user, and remove headers that a client forged', async () => {
    const { token, user, session } = await register(node.url);
    const spoofed = {
      'x-hufu-user-id': 'root',
      'X-HUFU-Email': 'root@example.com',
      'x-hufu-methods': 'PASSKEY',
      // An API that reads headers as CGI variables cannot tell these from the first one.
      x_hufu_user_id: 'root',
      'X-Hufu_User-Id': 'root',
    };

    expect((await ask({ ...bearer(token), ...spoofed })).status).toBe(200);

    expect(arrived.splice(0)).toEqual([
      {
        'x-hufu-user-id': [user.id],
        'x-hufu-session-id': [session.id],
        'x-hufu-email': [user.email],
        'x-hufu-methods': ['PASSWORD'],
      },
    ]);
  });

  it('MUST refuse a request without a live session, with the reason', async () => {
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

  it('MUST pass a preflight on without a user, and let pages of another origin read a refusal', async () => {
    const { token } = await register(node.url);
    arrived.length = 0;
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };
    const spoofed = { ...bearer(token), 'x-hufu-user-id': 'root', 'x-hufu-email': 'root@example.com' };
    for (const more of [{}, spoofed]) {
      const preflight = await send(url, '/graphql', { method: 'OPTIONS', headers: { ...headers, ...more } });
      expect(preflight.status).toBe(204);
      expect(Object.fromEntries(preflight.headers)).toMatchObject(preflightHeaders);
    }
    expect(arrived.splice(0)).toEqual([{}, {}]);

    const refused = await ask(headers);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(arrived).toEqual([]);
  });

  it('MUST answer 503 while Hufu has no database, and pass nothing on', async () => {
    const { token } = await register(node.url);
    arrived.length = 0;
    proxy.refuse();
    expect(await ask(bearer(token))).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
    });
    expect(arrived).toEqual([]);
    await proxy.pass();
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(200);
  });

  it('MUST pass nothing on while Hufu cannot be reached', async () => {
    const { token } = await register(node.url);
    arrived.length = 0;
    const closedPort = 9;
    expect((await ask(bearer(token), await start(closedPort, apiPort))).status).toBe(unreachable);
    expect(arrived).toEqual([]);
  });

  it.runIf(passesStreams)(
    'MUST pass websockets and server-sent events on for a live session only',
    async () => {
      const { token, user } = await register(node.url);
      const events = await fetch(`${url}/events`, { headers: bearer(token) });
      const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader?.read())?.value).toBe('data: 1\n\n');
      await reader?.cancel();

      const socket = new WebSocket(url, { headers: { ...bearer(token), 'x-hufu-user-id': 'root' } });
      const [greeting] = (await once(socket, 'message')) as [Buffer];
      expect(greeting.toString()).toBe(user.id);
      socket.close();

      await login(node.url, user.email);
      expect((await fetch(`${url}/events`, { headers: bearer(token) })).status).toBe(401);
      const refused = new WebSocket(url, { headers: bearer(token) });
      await expect(once(refused, 'open')).rejects.toThrow('401');
    },
  );
});

describe('the example configuration', () => {
  const headers = ['x-hufu-email', 'x-hufu-methods', 'x-hufu-session-id', 'x-hufu-user-id'];

  it.each([
    ['nginx.conf', 'http://hufu/verify'],
    ['traefik.yaml', 'http://hufu:4000/verify'],
    ['forwardAuth.caddy', 'uri /verify'],
    ['envoy.yaml', 'path_prefix: /verify'],
    ['router.yaml', 'http://hufu:4000/apollo-router'],
  ])("%s MUST ask Hufu's path, and pass on every header that Hufu gives", (file, path) => {
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
