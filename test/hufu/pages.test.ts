// Hufu's pages for mailed links and its health in a team's own server, over Node's http and over Fetch.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { beforeAll, describe, expect, test } from 'vitest';

import { type Hufu } from '../../src/index.js';
import { createMailbox } from '../../src/testing/mailbox.js';
import { gql } from '../support/gql.js';
import { listen } from '../support/listen.js';
import { register } from '../support/operations.js';
import { silent, startHost, startHufu, waysToAsk } from './harness.js';

const errors: string[] = [];
const mailbox = createMailbox();

let hufu: Hufu;
let api: string;
let site: string;
let server: Server;
/** Counts the requests whose connection or answer has ended. */
let ended = 0;

beforeAll(async () => {
  hufu = await startHufu({
    log: { ...silent, error: (...[, what]: readonly unknown[]) => void errors.push(String(what)) },
    app: { name: 'Sun', publicUrl: 'https://sun.example/accounts' },
    passkeys: { rpId: 'sun.example', origins: ['https://sun.example'] },
    sendMail: mailbox.send,
    texts: {
      ...({ verifyEmail: undefined } as object),
      resetPassword: ({ url }) => ({
        subject: 'New',
        opening: ['Neu'],
        link: { label: 'x', url },
        closing: [],
      }),
    },
  });
  api = await startHost(hufu, { typeDefs: 'extend type Query { a: Int }', resolvers: {} });
  server = createServer((request, response) => {
    response.once('close', () => (ended += 1));
    // Express 4 does this to a form if its JSON parser is the only one.
    Object.assign(request, { body: {} });
    hufu.node(request, response, () => {
      response.end('of the team');
    });
  });
  site = await listen(server);
});

/** Requests a password reset, and waits for the link in the mail. */
async function resetLink(): Promise<{ readonly path: string; readonly email: string }> {
  const { user } = await register(api);
  await gql(api, {
    query: 'mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { __typename } }',
    variables: { email: user.email },
  });
  const { text, link } = await mailbox.next(user.email, /^New$/);
  expect(text).toContain('Neu');
  const url = link?.url ?? '';
  expect(url).toMatch(/^https:\/\/sun\.example\/accounts\/link\/resetPassword\?token=/);
  return { path: url.slice('https://sun.example'.length), email: user.email };
}

const form = (path: string, password: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ token: path.split('token=')[1] ?? '', password }).toString(),
});

describe('HUFU-40 the pages of mailed links MUST work', () => {
  const ways = waysToAsk(
    () => hufu,
    () => site,
  );

  test.each(ways)("over %s, with the team's texts", async (_name, ask) => {
    const { path } = await resetLink();
    const page = await ask(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await page.text()).toContain('Sun');
    const [where = ''] = path.split('?');
    expect((await ask(where, form(path, 'short'))).status).toBe(422);
    expect((await ask(where, form(path, 'another horse battery staple'))).status).toBe(200);
    expect((await ask(where, form(path, 'another horse battery staple'))).status).toBe(410);
    expect((await ask(where, { method: 'DELETE' })).status).toBe(405);
    const large = { ...form(path, 'x'), body: `token=${'x'.repeat(200_000)}` };
    expect((await ask(where, large)).status).toBe(413);
    expect((await ask(where, { ...form(path, 'x'), headers: { 'content-type': 'text/plain' } })).status).toBe(
      415,
    );
  });
});

test("HUFU-41 a team's server MUST serve Hufu's health, pages and passkey origins, and get every other path passed on", async () => {
  expect(await (await fetch(`${site}/orders`)).text()).toBe('of the team');
  expect(await hufu.fetch(new Request('https://sun.example/orders'))).toBeNull();
  expect((await fetch(`${site}/healthz`)).status).toBe(200);
  expect((await fetch(`${site}/accounts/readyz`)).status).toBe(200);
  expect(await (await fetch(`${site}/accounts/link/loginWithCode`)).text()).toContain('Type the code');
  const head = await hufu.fetch(new Request('https://sun.example/readyz', { method: 'HEAD' }));
  expect(head?.status).toBe(200);
  expect(await head?.text()).toBe('');
  expect(await (await fetch(`${site}/.well-known/webauthn`)).json()).toEqual({
    origins: ['https://sun.example'],
  });
});

test("HUFU-44 a request target that is no URL MUST be passed on, and not end the team's process", async () => {
  for (const target of ['//', '//[', 'http://[', '*']) {
    const socket = connect(Number(new URL(site).port), '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: sun.example\r\nConnection: close\r\n\r\n`);
    expect(await text(socket), target).toMatch(/^HTTP\/1\.1 200 OK[^]*of the team/);
  }
});

test("HUFU-46 a text that a team leaves undefined MUST be Hufu's own", async () => {
  const { token, user } = await register(api);
  const query = 'mutation { requestEmailVerification { __typename } }';
  expect((await gql(api, { query, token })).errors).toEqual([]);
  const { text } = await mailbox.next(user.email);
  expect(text).toContain('Please confirm that this e-mail is yours, so that Sun can reach you.');
});

test('HUFU-45 a client that disconnects while it sends a form MUST cause no error in the log', async () => {
  const socket = connect(Number(new URL(site).port), '127.0.0.1');
  const headers = 'Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100';
  const before = ended;
  socket.write(`POST /link/resetPassword HTTP/1.1\r\n${headers}\r\n\r\ntoken=`);
  await once(server, 'request');
  socket.destroy();
  await expect.poll(() => ended).toBe(before + 1);
  expect(errors).toEqual([]);
});
