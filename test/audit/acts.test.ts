// Each operation and each refusal records an event with its outcome and its client.

import { describe, expect, it } from 'vitest';

import { disableAccount, enableAccount, endSessionsOf, type OperatorServices } from '../../src/auth/admin.js';
import { readConfig } from '../../src/config/index.js';
import { openPglite } from '../../src/db/pglite/database.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { limitsOn } from '../rateLimit/attempts.js';
import { servicesOver } from '../sessions/harness.js';
import { beginRegistration, linkIn, run, registerByMail } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { type TestDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { laptop, login, randomEmail, password, phone, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { testSettings } from '../support/settings.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { eventsOf, expectHappenings, happeningsOf, loginResult } from './events.js';

const smtp = await startSmtp();
const mailed = { SMTP_URL: smtp.url, MAIL_FROM: 'Hufu <mail@hufu.test>' };
const newPassword = 'a lantern over the quiet river';
const wrong = 'not the password at all';

describe('AUDIT-01 an operation MUST record an event', async () => {
  const { url } = await startNode({ env: { ...mailed, SESSION_LIMIT: '0' } });
  const mutate = (query: string, token: string) => gql(url, { query: `mutation { ${query} }`, token });

  it('with its outcome, its IP, its device and its session', async () => {
    const before = Date.now();
    const { user, token, session } = await register(url, { device: phone });
    const second = await login(url, user.email, laptop);
    const third = await login(url, user.email);
    await mutate(`endSession(input: { id: "${third.session.id}" }) { __typename }`, token);
    const fourth = await login(url, user.email);
    await mutate('logout { session { id } }', fourth.token);
    const fifth = await login(url, user.email);
    await mutate(`endSession(input: { id: "${fifth.session.id}" }) { __typename }`, fifth.token);
    await mutate('endOtherSessions { sessions { id } }', token);

    const from = { ipAddress: '127.0.0.1', userAgent: 'node', outcome: 'SUCCEEDED' };
    const onPhone = { ...from, device: phone, sessionId: session.id };
    const unknown = { kind: 'OTHER', name: null };
    const events = await eventsOf(url, token);
    expect(events).toMatchObject([
      { kind: 'REGISTER', ...onPhone },
      { kind: 'LOGIN', ...from, device: laptop, sessionId: second.session.id },
      { kind: 'LOGIN', ...from, device: unknown, sessionId: third.session.id },
      { kind: 'END_SESSION', ...onPhone },
      { kind: 'LOGIN', ...from, sessionId: fourth.session.id },
      { kind: 'LOGOUT', ...from, device: unknown, sessionId: fourth.session.id },
      { kind: 'LOGIN', ...from, sessionId: fifth.session.id },
      { kind: 'LOGOUT', ...from, device: unknown, sessionId: fifth.session.id },
      { kind: 'END_OTHER_SESSIONS', ...onPhone },
    ]);
    for (const { at } of events) expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
    expect(new Set(events.map(({ id }) => id)).size).toBe(9);
  });

  it('except where it changes nothing', async () => {
    const { token } = await register(url);
    await mutate('endOtherSessions { sessions { id } }', token);
    await mutate('endSession(input: { id: "no session" }) { __typename }', token);
    expect(await happeningsOf(url, token)).toEqual(['REGISTER SUCCEEDED']);
  });

  it('for each change of a password or an e-mail, with and without a link', async () => {
    const { user, token, session } = await register(url, { device: phone });
    await run(url, 'requestEmailVerification', null, token);
    await run(url, 'verifyEmail', { token: linkIn(await smtp.next(user.email)).token });
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, token);
    await run(url, 'confirmEmailChange', { token: linkIn(await smtp.next(newEmail)).token });
    const changed = await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
    await run(url, 'requestPasswordReset', { email: newEmail });
    const link = linkIn(await smtp.next(newEmail, /[Rr]eset|[Nn]ew password/));
    await run(url, 'resetPassword', { token: link.token, newPassword: password });

    const own = { device: phone, sessionId: session.id, ipAddress: '127.0.0.1' };
    const byLink = { device: null, sessionId: null, ipAddress: '127.0.0.1', userAgent: 'node' };
    const again = await login(url, newEmail);
    expect(changed.__typename).toBe('ChangePasswordSuccess');
    expect(await eventsOf(url, again.token)).toMatchObject([
      { kind: 'REGISTER' },
      { kind: 'VERIFY_EMAIL', ...byLink },
      { kind: 'REQUEST_EMAIL_CHANGE', ...own },
      { kind: 'CONFIRM_EMAIL_CHANGE', ...byLink },
      { kind: 'CHANGE_PASSWORD', ...own },
      { kind: 'RESET_PASSWORD', ...byLink },
      { kind: 'LOGIN' },
    ]);
  });

  it('for a repeated sign-in with one idempotency key, once for each minute and network, with its IP', async () => {
    const clock = createTestClock();
    const { url } = await startNode({ env: { TRUST_PROXY: '1' }, clock });
    const { user } = await register(url);
    const idempotencyKey = '0b0c6e5a-7d4b-4d61-9a35-1f6ad9a5f6c1';
    const variables = { input: { email: user.email, password, idempotencyKey } };
    const query = `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { token } } }`;
    const tokens: string[] = [];
    for (let time = 0; time < 4; time += 1) {
      clock.turn(1_000);
      const headers = { 'x-forwarded-for': `192.0.2.${String(Math.ceil(time / 2))}` };
      const { data } = await gql<{ login: { token: string } }>(url, { query, variables, headers });
      tokens.push(data?.login.token ?? '');
    }
    // The recorder writes events of the background in their order.
    clock.turn(1_000);
    expect(await loginResult(url, user.email, 'not the password')).toBe('InvalidCredentials');
    await expectHappenings(url, tokens[1] ?? '', [
      'REGISTER SUCCEEDED',
      'LOGIN SUCCEEDED',
      'LOGIN SUCCEEDED',
      'LOGIN SUCCEEDED',
      'LOGIN WRONG_PASSWORD',
    ]);
    const events = (await eventsOf(url, tokens[1] ?? '')).slice(1, 4);
    expect(events.map(({ ipAddress }) => ipAddress)).toEqual(['192.0.2.0', '192.0.2.1', '192.0.2.2']);
    expect(events[1]?.sessionId).toBe(events[0]?.sessionId);
  });
});

describe('AUDIT-02 a refusal despite the right password MUST record an event', () => {
  it('at the limit of sessions', async () => {
    const { url } = await startNode({ env: { SESSION_OVERFLOW: 'refuse' } });
    const { user, token } = await register(url);
    expect(await loginResult(url, user.email, password)).toBe('SessionLimitReached');
    // The event may appear shortly after the response.
    await expectHappenings(url, token, ['REGISTER SUCCEEDED', 'LOGIN SESSION_LIMIT_REACHED']);
    expect((await eventsOf(url, token)).at(-1)).toMatchObject({
      device: { kind: 'TV', name: 'Living room' },
      sessionId: null,
      ipAddress: '127.0.0.1',
    });
  });

  it('for an unverified e-mail, and for a registration of a taken one, once a minute', async () => {
    const clock = createTestClock();
    const env = { ...mailed, REQUIRE_VERIFIED_EMAIL: 'true' };
    const { url, database } = await startNode({ env, clock });
    const email = randomEmail();
    const { token = '' } = await registerByMail(url, smtp, email, phone);
    await beginRegistration(url, email);
    await beginRegistration(url, email);
    await rowsOf(database, `update hufu.users set email_verified_at = null where email = '${email}'`);
    expect(await loginResult(url, email, password)).toBe('InvalidCredentials');
    // The clock stands still, so events have no order, and that of a refusal may appear shortly after the response.
    const outcomes = async () =>
      (await eventsOf(url, token)).map(({ kind, outcome }) => `${kind} ${outcome}`).toSorted();
    await expect
      .poll(outcomes)
      .toEqual(['LOGIN EMAIL_NOT_VERIFIED', 'REGISTER EMAIL_TAKEN', 'REGISTER SUCCEEDED']);
    const events = await eventsOf(url, token);
    const [registered] = events.filter(({ kind, outcome }) => kind === 'REGISTER' && outcome === 'SUCCEEDED');
    expect(registered?.device).toEqual(phone);
    expect(registered?.sessionId).not.toBeNull();
  });

  it('for a disabled account, as every act of an operator does', async () => {
    const first = await startNode();
    const { database } = first;
    const { user } = await register(first.url);
    await first.stop();
    await asOperator(database, (services) => disableAccount(services, user.email));
    const second = await startNode({ database });
    expect(await loginResult(second.url, user.email, password)).toBe('AccountDisabled');
    await second.stop();
    await asOperator(database, async (services) => {
      await enableAccount(services, user.email);
      await endSessionsOf(services, user.email);
    });
    const third = await startNode({ database });
    const { token } = await login(third.url, user.email);
    const events = await eventsOf(third.url, token);
    expect(events.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'REGISTER SUCCEEDED',
      'OPERATOR_DISABLE SUCCEEDED',
      'LOGIN ACCOUNT_DISABLED',
      'OPERATOR_ENABLE SUCCEEDED',
      'OPERATOR_END_SESSIONS SUCCEEDED',
      'LOGIN SUCCEEDED',
    ]);
    expect(events[1]).toMatchObject({ device: null, ipAddress: null, userAgent: null, sessionId: null });
  });
});

async function asOperator(database: TestDatabase, work: (services: OperatorServices) => Promise<unknown>) {
  const config = readConfig(testSettings(database, {}));
  const opened =
    config.database.url === null
      ? await openPglite(config.database.dataDir)
      : openPostgres(config.database.url, 1, createLog('silent', false));
  try {
    await opened.migrate();
    const services = servicesOver(opened);
    await work(services);
    await services.background.drained();
  } finally {
    await opened.close();
  }
}

describe('AUDIT-03 a wrong password', () => {
  it('MUST be recorded for every operation with a password, without typed text, and not for an unknown e-mail', async () => {
    const node = await startNode({ env: { ...mailed, LOG_LEVEL: 'silent' } });
    const { url } = node;
    const { user, token } = await register(url, { device: phone });
    const unknown = randomEmail();
    expect(await loginResult(url, user.email, wrong)).toBe('InvalidCredentials');
    expect(await loginResult(url, unknown, wrong)).toBe('InvalidCredentials');
    await run(url, 'changePassword', { currentPassword: wrong, newPassword }, token);
    await run(url, 'confirmIdentity', { password: wrong }, token);
    await expectHappenings(url, token, [
      'REGISTER SUCCEEDED',
      'LOGIN WRONG_PASSWORD',
      'CHANGE_PASSWORD WRONG_PASSWORD',
      'CONFIRM_IDENTITY WRONG_PASSWORD',
    ]);
    const [, atLogin, atChange] = await eventsOf(url, token);
    expect(atLogin).toMatchObject({
      device: { kind: 'TV', name: 'Living room' },
      ipAddress: '127.0.0.1',
      userAgent: 'node',
      sessionId: null,
    });
    expect(atChange).toMatchObject({ device: phone, ipAddress: '127.0.0.1' });
    expect(atChange?.sessionId).not.toBeNull();

    await node.stop();
    const rows = await rowsOf(node.database, 'select * from hufu.security_events');
    expect(rows).toHaveLength(4);
    const kept = JSON.stringify(rows);
    for (const typed of [user.email, unknown, wrong, password, newPassword, token]) {
      expect(kept).not.toContain(typed);
    }
  });

  it('MUST be recorded even when the node stops at once', async () => {
    const node = await startNode();
    const { user } = await register(node.url);
    await loginResult(node.url, user.email, wrong);
    await node.stop();
    expect(
      await rowsOf(node.database, 'select kind, outcome from hufu.security_events order by outcome'),
    ).toEqual([
      { kind: 'REGISTER', outcome: 'SUCCEEDED' },
      { kind: 'LOGIN', outcome: 'WRONG_PASSWORD' },
    ]);
  });

  it('MUST be recorded once a minute for each account after the limit, for any number of attempts', async () => {
    const clock = createTestClock();
    const node = await startNode({ env: { ...limitsOn, RATE_LIMIT_GUESSES_PER_MINUTE: '2' }, clock });
    const { url } = node;
    const { user, token } = await register(url);
    const kinds: string[] = [];
    for (let round = 0; round < 12; round += 1) kinds.push(await loginResult(url, user.email, wrong));
    expect(new Set(kinds.slice(2))).toEqual(new Set(['TooManyAttempts']));
    await expect
      .poll(async () => (await happeningsOf(url, token)).toSorted(), { timeout: 10_000 })
      .toEqual([
        'LOGIN TOO_MANY_ATTEMPTS',
        'LOGIN WRONG_PASSWORD',
        'LOGIN WRONG_PASSWORD',
        'REGISTER SUCCEEDED',
      ]);
    await Promise.all(Array.from({ length: 20 }, () => loginResult(url, randomEmail(), wrong)));
    await node.stop();
    expect(await rowsOf(node.database, 'select id from hufu.security_events')).toHaveLength(4);
  });
});
