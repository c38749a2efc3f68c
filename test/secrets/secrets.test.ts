// Canary secrets are sent to a node in every operation, valid and malformed, and its whole output is searched for them: responses,
// pages, WebSocket frames, the log, metrics, mails and tables.

import { randomUUID } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import { query } from '../faults/serverDatabase.js';
import { linkIn } from '../support/account.js';
import { databaseKind, freshDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { randomEmail } from '../support/operations.js';
import { passkeySettings } from '../support/passkeys.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { spawnNode } from '../support/spawnNode.js';
import { useLinks, sendMalformedHttp, sendValid, useSockets, sendMalformed, type Owner } from './requests.js';
import { everyOperation } from './everyOperation.js';
import { startRecorder } from './recorder.js';
import { leaks, canary, plainSecret, secret } from './canary.js';

const smtp = await startSmtp({
  authOptional: false,
  allowInsecureAuth: true,
  onAuth: ({ username }, _session, done) => {
    done(null, { user: username ?? '' });
  },
});
const smtpUrl = Object.assign(new URL(smtp.url), { username: 'mailer', password: plainSecret('smtp') });

const database = await withPassword(await freshDatabase());
const metricsPort = String(await freePort());
const much = '1000000';
const node = await spawnNode({
  database,
  env: {
    LOG_LEVEL: 'trace',
    JWT_SECRET: secret('a key of more than 32 bytes'),
    JWT_SECRET_PREVIOUS: secret('the key of more than 32 bytes before'),
    SMTP_URL: smtpUrl.href,
    METRICS_PORT: metricsPort,
    ...passkeySettings,
    RATE_LIMITS: 'on',
    RATE_LIMIT_GUESSES_PER_MINUTE: much,
    RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR: much,
    RATE_LIMIT_IP_GUESSES_PER_HOUR: much,
    RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: much,
    RATE_LIMIT_IP_MAILS_PER_HOUR: much,
    RATE_LIMIT_IP_CHALLENGES_PER_HOUR: much,
    RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: much,
  },
});
const recorder = startRecorder(node.url);

/** The e-mails that each account had, has or changes to, by user id. */
const emails = new Map<string, Set<string>>();
const linkTokens: string[] = [];
const tables = new Map<string, string>();
let metrics = '';

const queryOf = (name: string) => everyOperation.find((operation) => operation.name === name)?.query ?? '';

const run = async (name: string, input: object | null, token?: string) => {
  const options = token === undefined ? {} : { token };
  const results = await recorder.ask(name, { query: queryOf(name), variables: { input } }, options);
  return results[name];
};

async function newOwner(): Promise<Owner> {
  const owner = { email: randomEmail(), password: secret('password') };
  const result = await run('register', owner);
  const token = result?.token ?? '';
  emails.set(claimOf(token, 'sub'), new Set([owner.email]));
  return { ...owner, token };
}

async function signIn({ email, password }: Owner): Promise<string> {
  const result = await run('login', { email, password, idempotencyKey: randomUUID() });
  expect(result?.__typename).toBe('LoginSuccess');
  return result?.token ?? '';
}

const nextLink = async (to: string, subject: RegExp) => {
  const { token } = linkIn(await smtp.next(to, subject));
  linkTokens.push(token);
  return token;
};

/** Uses an account from its verification to a password reset, with every link opened and used. */
async function live(owner: Owner): Promise<Owner> {
  const { email, password } = owner;
  let token = await signIn(owner);
  await run('requestEmailVerification', null, token);
  const verify = await nextLink(email, /confirm/i);
  expect(await recorder.link('verifyEmail', verify)).toBe(200);
  expect((await run('verifyEmail', { token: verify }))?.__typename).toBe('VerifyEmailSuccess');

  const newEmail = randomEmail();
  emails.get(claimOf(token, 'sub'))?.add(newEmail);
  expect((await run('requestEmailChange', { newEmail }, token))?.__typename).toBe('EmailRequested');
  const change = await nextLink(newEmail, /./);
  expect(await recorder.link('confirmEmailChange', change, {})).toBe(200);

  const newPassword = secret('changed');
  const changed = await run('changePassword', { currentPassword: password, newPassword }, token);
  token = changed?.token ?? '';
  expect(changed?.__typename).toBe('ChangePasswordSuccess');
  await run('requestPasswordReset', { email: newEmail });
  const reset = await nextLink(newEmail, /reset|new password/i);
  expect(await recorder.link('resetPassword', reset)).toBe(200);
  const last = secret('reset');
  expect(await recorder.link('resetPassword', reset, { password: last })).toBe(200);
  return { email: newEmail, password: last, token };
}

beforeAll(async () => {
  const first = await newOwner();
  const stale = await live(first);
  const owner = { ...stale, token: await signIn(stale) };
  for (const one of [owner, stale, first]) await sendValid(recorder, one);
  const other = await newOwner();
  for (const name of ['endOtherSessions', 'logout', 'me', 'session']) await run(name, null, other.token);
  const leaving = await newOwner();
  expect((await run('deleteAccount', null, leaving.token))?.__typename).toBe('DeleteAccountSuccess');

  const again = { ...stale, token: await signIn(stale) };
  await sendMalformed(recorder, again);
  await sendMalformedHttp(recorder, again);
  await useSockets(recorder, node.url, again);
  await useLinks(recorder, [...linkTokens, again.token, stale.token]);
  expect(recorder.responses.filter(({ text }) => text.startsWith('5')).map(({ asked }) => asked)).toEqual([]);

  for (const table of databaseKind === 'postgres'
    ? ['users', 'sessions', 'links', 'mails', 'rate_limits', 'known_networks', 'sealed_keys']
    : [])
    await withoutTable(table, async () => {
      await sendValid(recorder, again);
      await useLinks(recorder, linkTokens.slice(0, 1));
      await run('login', { email: stale.email, password: stale.password });
      await useSockets(recorder, node.url, again);
    });
  await signIn(stale);
  metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((response) => response.text());

  // A mail that cannot be sent stays in the outbox.
  await smtp.close();
  await run('requestPasswordReset', { email: stale.email });
  expect(await node.stop()).toBe(0);
  for (const { id, email } of await rowsOf(
    database,
    'select id, email from hufu.users where email is not null',
  ))
    emails.set(String(id), new Set(emails.get(String(id))).add(String(email)));
  const names = (await rowsOf(database, tableNames)).map(({ name }) => String(name));
  // In one statement, since each opens the embedded database again.
  for (const { name, rows } of await rowsOf(database, names.map(rowsAsText).join(' union all ')))
    tables.set(String(name), String(rows));
}, 120_000);

describe('SECRETS-01 the output of a node', () => {
  it('is searched for secrets, tokens, hashes, connection strings and stacks in every encoding', () => {
    for (const [text, what] of [
      [secret('a'), 'a canary secret'],
      [secret('a').toUpperCase(), 'a canary secret'],
      [encodeURIComponent(secret('a')), 'a canary secret'],
      [JSON.stringify({ [canary]: 1 }), 'a canary secret'],
      ...['base64', 'base64url', 'hex'].flatMap((encoding) =>
        ['', 'x', 'xy'].map((before) => [
          Buffer.from(`${before}${secret('a')}`).toString(encoding as BufferEncoding),
          'a canary secret',
        ]),
      ),
      [recorder.issued[0] ?? '', 'a token'],
      ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'a hash'],
      ['postgres://user@host/name', 'a connection string'],
      [String(new Error('x').stack), 'a stack'],
    ] as const)
      expect(leaks(text).join()).toMatch(new RegExp(`^${what}: `));
  });

  it('MUST NOT contain a secret: responses, pages and frames', () => {
    const found = recorder.responses.flatMap(({ asked, text }) =>
      leaks(text).map((leak) => `${asked} -> ${leak}`),
    );
    expect(found.slice(0, 10)).toEqual([]);
    expect(recorder.responses.length).toBeGreaterThan(1_000);
    expect(new Set(recorder.issued).size).toBe(recorder.issued.length);
  });

  it('MUST NOT contain a secret: the log at level trace', () => {
    const lines = node.output().split('\n');
    expect(lines.flatMap((line) => leaks(line, 'a stack')).slice(0, 10)).toEqual([]);
    expect(lines.length).toBeGreaterThan(1_000);
  });

  it('MUST NOT contain a secret: metrics', () => {
    expect(leaks(metrics)).toEqual([]);
    expect(metrics).toContain('hufu_mutation_results_total{field="login",result="LoginSuccess"}');
  });

  it('MUST NOT contain a secret: mails, except links to their own account', () => {
    const links = smtp.mails.flatMap((mail) => {
      const tokens = new Set(mail.text.match(/(?<=token=)[\w.-]+/g));
      const rest = [...tokens].reduce(
        (text, token) => text.replaceAll(token, ''),
        [mail.text, mail.html, ...mail.headers].join('\n'),
      );
      expect(leaks(rest)).toEqual([]);
      return [...tokens].map((token) => ({ user: claimOf(token, 'sub'), to: mail.to }));
    });
    for (const { user, to } of links)
      expect([...(emails.get(user) ?? [])]).toEqual(expect.arrayContaining([...to]));
    expect(links.length).toBeGreaterThan(2);
  });

  it('MUST NOT contain a secret: tables, except password_hash', () => {
    for (const [name, rows] of tables) expect([name, leaks(rows)]).toEqual([name, []]);
    for (const name of [
      'users',
      'sessions',
      'links',
      'mails',
      'rate_limits',
      'known_networks',
      'sealed_keys',
      'security_events',
    ])
      expect([name, tables.get(name)]).not.toEqual([name, '[]']);
  });

  it('comes from more than 20 requests for every operation of the schema', () => {
    for (const { name } of everyOperation)
      expect(recorder.responses.filter(({ asked }) => asked.startsWith(name)).length).toBeGreaterThan(20);
  });
});

/** Returns a table's rows as JSON, with bytes in hexadecimal, without password_hash. */
const rowsAsText = (table: string) =>
  `select '${table}' as name, coalesce(jsonb_agg(to_jsonb(one) - 'password_hash'), '[]')::text as rows from hufu.${table} as one`;

const tableNames = `select table_name as name from information_schema.tables where table_schema = 'hufu' order by 1`;

function claimOf(token: string, claim: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return String((JSON.parse(payload) as Record<string, unknown>)[claim]);
}

/** Gives the database a role whose password is a canary secret. */
async function withPassword(given: TestDatabase): Promise<TestDatabase> {
  const admin = given.env['DATABASE_URL'];
  if (admin === undefined) return given;
  const url = new URL(admin);
  const [name, password] = [url.pathname.slice(1), plainSecret('database')];
  await query(admin, `create role ${name} login password '${password}'`);
  await query(admin, `alter database ${name} owner to ${name}`);
  Object.assign(url, { username: name, password });
  return { env: { ...given.env, DATABASE_URL: url.href } };
}

/** Renames a table meanwhile, so that every statement about it fails. */
async function withoutTable(table: string, act: () => Promise<void>): Promise<void> {
  const url = database.env['DATABASE_URL'] ?? '';
  await query(url, `alter table hufu.${table} rename to gone`);
  await act();
  await query(url, `alter table hufu.gone rename to ${table}`);
}
