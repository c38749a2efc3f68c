// `npm run demo [-- URL]`: plays the story that this service exists for, on a running server or on one of its own, and
// prints every operation with its answer.

import '../common/checkNode.js';

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startApp } from '../app.js';
import { OperatorError } from '../common/errors.js';
import { readConfig, readProcessConfig } from '../config/index.js';
import { runCommand } from './command.js';

interface Stage {
  readonly url: string;
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

const documents = {
  register: `mutation Register($input: RegisterInput!) {
  register(input: $input) {
    __typename
    ... on RegisterSuccess { token expiresAt user { email } }
    ... on Problem { message }
  }
}`,
  login: `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { token superseded { device { kind name } endReason } }
    ... on Problem { message }
  }
}`,
  me: 'query Me { me { email lastLoginAt } }',
  session: `query Session {
  session {
    __typename
    ... on Session { device { kind name } signedInAt }
    ... on SignedOut { reason at by { kind name } }
  }
}`,
};

await runCommand({
  usage: `Usage: npm run demo [-- URL]

Registers a demo account, signs it in on three devices, and prints every operation with its answer.
URL is a running server. Without it the demo uses the server of the settings, or starts one of its own.
Exit codes: 0 success, 1 failure, 2 usage error.`,
  flags: [],
  read: ({ positionals: [url = null, ...more] }) => (more.length === 0 ? { url } : null),
  async run({ url }) {
    const stage = await findStage(url);
    print(`Playing on ${stage.url}/graphql`);
    await play(stage.url).finally(() => stage.close());
    return '';
  },
});

async function play(url: string): Promise<void> {
  const email = `demo-${randomUUID().slice(0, 8)}@example.com`;
  const password = randomUUID();
  const input = (kind: string, name: string) => ({ input: { email, password, device: { kind, name } } });

  say('Ann registers in her browser.');
  await ask(url, documents.register, input('WEB', 'Firefox at home'));

  say('She logs in on her phone. The browser is superseded.');
  const phone = tokenOf(await ask(url, documents.login, input('MOBILE', 'Pixel 9')));

  say('The phone is signed in.');
  await ask(url, documents.me, undefined, phone);

  say('She logs in on her laptop. The phone is superseded.');
  const laptop = tokenOf(await ask(url, documents.login, input('DESKTOP', 'Work laptop')));

  say('The phone asks again with its token, and is refused: why, when, and by which device.');
  await ask(url, documents.me, undefined, phone);

  say('The phone asks for the state of its token: an answer, not an error.');
  await ask(url, documents.session, undefined, phone);

  say('The laptop is signed in.');
  await ask(url, documents.me, undefined, laptop);
}

/** Sends an operation, prints it and its answer, and gives the answer's data. */
async function ask(url: string, query: string, variables?: Json, token?: string): Promise<Json> {
  print(indent(query));
  if (variables !== undefined) print(indent(`variables: ${readable(hidePassword(variables))}`));
  if (token !== undefined) print(indent(`Authorization: Bearer ${shorten(token)}`));
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { readonly data?: Json | null };
  print(`\n${indent(readable(answer))}\n`);
  return answer.data ?? {};
}

function tokenOf({ login }: Json): string {
  const token = (login as Json | null)?.['token'];
  if (typeof token !== 'string')
    throw new OperatorError('login', 'it was refused; the answer above says why.');
  return token;
}

/** Finds a server to play on: the named one, the one of the settings if it listens, or one of the demo's own. */
async function findStage(named: string | null): Promise<Stage> {
  const config = readProcessConfig();
  const usual = `http://${config.http.host}:${String(config.http.port)}`;
  const url = named === null ? usual : named.replace(/\/(?:graphql)?$/, '');
  if (await answers(url)) return { url, close: () => Promise.resolve() };
  if (named !== null) throw new OperatorError('URL', `no server answers at ${url}/healthz.`);

  const folder = mkdtempSync(join(tmpdir(), 'hufu-demo-'));
  const own = readConfig({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' });
  const app = await startApp(own);
  return {
    url: app.url,
    async close() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

function readable(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => (key === 'token' ? shorten(String(part)) : part), 2);
}

function hidePassword(variables: Json): Json {
  return { input: { ...(variables['input'] as Json), password: '********' } };
}

function shorten(token: string): string {
  return `${token.slice(0, 12)}…${token.slice(-6)}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

function say(text: string): void {
  print(`\n${text}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
