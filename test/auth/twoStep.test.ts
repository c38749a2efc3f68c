// A sign-in with a second factor: the first step changes nothing, and the second opens the session under the rules of a login.

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { happeningsOf } from '../audit/events.js';
import { linkIn, registerVerified, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { readyDatabase } from '../support/database.js';
import { type App, enrol, firstStep, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import {
  login,
  meOperation,
  password,
  phone,
  register,
  reasonOf,
  randomEmail,
} from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const clock = createTestClock();
const database = await readyDatabase();
const { url } = await startNode({ database, clock, env: { SMTP_URL: smtp.url } });
const newPassword = 'a lantern over the quiet river';

interface Person {
  readonly email: string;
  readonly token: string;
  readonly app: App;
}

async function person(at = url): Promise<Person> {
  const { token, user } = await register(at);
  return { email: user.email, token, app: await enrol(at, token, clock) };
}

const complete = (challengeToken: string, more: Readonly<Record<string, unknown>>, at = url) =>
  runFactor(at, 'completeLogin', { challengeToken, ...more });

/** Reads everything that a session, a login or a notification changes. */
async function stateOf(email: string) {
  const [row] = await rowsOf(
    database,
    `select last_login_at, (select count(*) from hufu.sessions s where s.user_id = u.id) as sessions,
       (select count(*) from hufu.sessions s where s.user_id = u.id and ended_at is null) as live,
       (select count(*) from hufu.known_networks n where n.user_id = u.id) as networks,
       (select count(*) from hufu.mails m where m.payload->>'userId' = u.id::text) as mails
     from hufu.users u where email = '${email}'`,
  );
  return row;
}

describe('FACTOR-01 the first step', () => {
  it('MUST open no session, and change nothing', async () => {
    const { email, token } = await person();
    const before = await stateOf(email);
    clock.turn(1_000);
    const result = await runFactor(url, 'login', { email, password, device: phone });
    expect(result).toMatchObject({
      __typename: 'SecondFactorRequired',
      message: expect.any(String) as string,
      challenge: {
        factors: ['TOTP', 'RECOVERY_CODE'],
        expiresAt: new Date(clock.now().getTime() + 600_000).toISOString(),
      },
    });
    expect(await stateOf(email)).toEqual(before);
    expect(await reasonOf(url, token)).toBe('live');
    expect(await happeningsOf(url, token)).toContain('LOGIN SECOND_FACTOR_REQUIRED');
  });

  it('MUST require a code whenever the user has an app, whichever statement wrote it', async () => {
    const { email } = await person();
    const ofUser = `from hufu.users where email = '${email}'`;
    const hasTotp = async () => (await rowsOf(database, `select has_totp ${ofUser}`))[0]?.['has_totp'];
    expect(await hasTotp()).toBe(true);
    await rowsOf(database, `delete from hufu.totp_factors where user_id = (select id ${ofUser})`);
    expect(await hasTotp()).toBe(false);
    await rowsOf(
      database,
      `insert into hufu.totp_factors (id, user_id, sealed_seed, last_step, created_at)
       select gen_random_uuid(), id, 'of another', 0, now() ${ofUser}`,
    );
    expect(await hasTotp()).toBe(true);
    expect((await runFactor(url, 'login', { email, password })).__typename).toBe('SecondFactorRequired');
  });

  it('MUST answer a wrong password as it does for an account without a second factor, or without an account', async () => {
    const { email } = await person();
    const { user: without } = await register(url);
    const answers = await Promise.all(
      [email, without.email, randomEmail()].map((one) =>
        runFactor(url, 'login', { email: one, password: 'not the password at all' }),
      ),
    );
    expect(answers[0]?.__typename).toBe('InvalidCredentials');
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('MUST NOT return the session of its idempotency key without the second factor', async () => {
    const { email, app } = await person();
    const idempotencyKey = randomUUID();
    const first = await firstStep(url, email, { idempotencyKey });
    expect((await complete(first, { totp: app.next() })).__typename).toBe('LoginSuccess');
    expect((await runFactor(url, 'login', { email, password, idempotencyKey })).__typename).toBe(
      'SecondFactorRequired',
    );
  });
});

describe('FACTOR-02 the second step', () => {
  it('MUST open the session with the device of the first step, and supersede the older session', async () => {
    const { email, token, app } = await person();
    const challenge = await firstStep(url, email, { device: phone });
    const done = await complete(challenge, { totp: app.next() });
    expect(done).toMatchObject({ __typename: 'LoginSuccess', session: { methods: ['PASSWORD', 'TOTP'] } });
    expect(done.superseded).toHaveLength(1);
    const { data } = await gql<{ me: { sessions: { device: unknown }[]; lastLoginAt: string } }>(url, {
      query: '{ me { lastLoginAt sessions { device { kind name } } } }',
      token: done.token ?? '',
    });
    expect(data?.me).toEqual({ lastLoginAt: clock.now().toISOString(), sessions: [{ device: phone }] });
    expect(await reasonOf(url, token)).toBe('SUPERSEDED');
  });

  it('MUST accept a code once, and never the code of the enrolment', async () => {
    const { email, app } = await person();
    const enrolled = await complete(await firstStep(url, email), { totp: app.shown() });
    expect(enrolled).toMatchObject({ __typename: 'CodeRejected', triesLeft: 4 });
    const code = app.next();
    expect((await complete(await firstStep(url, email), { totp: code })).__typename).toBe('LoginSuccess');
    expect((await complete(await firstStep(url, email), { totp: code })).__typename).toBe('CodeRejected');
  });

  it('MUST accept a code as users type it, and not count malformed text as an attempt', async () => {
    const { email, app } = await person();
    const challenge = await firstStep(url, email);
    for (const totp of ['', '12345', '1234567', 'abcdef', '0'.repeat(5_000), '12345\u0000'])
      expect(await complete(challenge, { totp })).toMatchObject({ __typename: 'CodeRejected', triesLeft: 5 });
    const code = app.next();
    const typed = Array.from(code, (digit) => String.fromCharCode(0x0660 + Number(digit))).join(' ');
    expect((await complete(challenge, { totp: typed })).__typename).toBe('LoginSuccess');
  });

  it('MUST end its challenge at the fifth wrong code, and leave the live session', async () => {
    const { email, token, app } = await person();
    const challenge = await firstStep(url, email);
    const right = app.next();
    const wrong = app.wrong();
    for (const triesLeft of [4, 3, 2, 1, 0])
      expect(await complete(challenge, { totp: wrong })).toMatchObject({
        __typename: 'CodeRejected',
        triesLeft,
      });
    expect((await complete(challenge, { totp: right })).__typename).toBe('ChallengeRejected');
    expect(await reasonOf(url, token)).toBe('live');
    expect((await complete(await firstStep(url, email), { totp: right })).__typename).toBe('LoginSuccess');
  });

  it('MUST return the same session on a retry within a minute, and refuse it later', async () => {
    const { email, app } = await person();
    const challenge = await firstStep(url, email);
    const totp = app.next();
    const done = await complete(challenge, { totp });
    const again = await complete(challenge, { totp });
    expect(again).toMatchObject({ __typename: 'LoginSuccess', session: { id: done.session?.id } });
    expect(again.superseded).toEqual(done.superseded);
    clock.turn(61_000);
    expect((await complete(challenge, { totp: app.next() })).__typename).toBe('ChallengeRejected');
  });

  it('MUST return the session of its idempotency key when the client begins with the first step again', async () => {
    const { email, app } = await person();
    const idempotencyKey = randomUUID();
    const done = await complete(await firstStep(url, email, { idempotencyKey }), { totp: app.next() });
    const again = await complete(await firstStep(url, email, { idempotencyKey }), { totp: app.next() });
    expect(again.session?.id).toBe(done.session?.id);
  });

  it('MUST refuse every challenge that is not open with one answer', async () => {
    const { email, token, app } = await person();
    const challenge = await firstStep(url, email);
    const { challenge: enrolment } = await runFactor(url, 'startTotpEnrolment', null, token);
    const old = await firstStep(url, email);
    const totp = app.next();
    const texts = [
      '',
      'x',
      challenge.slice(1),
      `${challenge}A`,
      enrolment?.token ?? '',
      token,
      '\u0000',
      randomUUID(),
    ];
    const answers = await Promise.all(texts.map((text) => complete(text, { totp })));
    clock.turn(600_000);
    answers.push(await complete(old, { totp: app.next() }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.__typename).toBe('ChallengeRejected');
  });

  it('MUST take exactly one factor', async () => {
    const { email } = await person();
    const challengeToken = await firstStep(url, email);
    for (const more of [{}, { totp: '123456', recoveryCode: 'x' }, { totp: null }])
      expect(await complete(challengeToken, more)).toMatchObject({
        __typename: 'InvalidInput',
        issues: [{ field: 'totp' }],
      });
  });

  it('MUST be refused after the password was changed or reset', async () => {
    const { token, user } = await registerVerified(url, smtp);
    const { email } = user;
    const app = await enrol(url, token, clock);
    const first = await firstStep(url, email);
    const changed = await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
    expect((await complete(first, { totp: app.next() })).__typename).toBe('ChallengeRejected');

    const second = await runFactor(url, 'login', { email, password: newPassword });
    await run(url, 'requestPasswordReset', { email });
    const reset = linkIn(await smtp.next(email, /Set a new password/)).token;
    await run(url, 'resetPassword', { token: reset, newPassword: password });
    expect((await complete(second.challenge?.token ?? '', { totp: app.next() })).__typename).toBe(
      'ChallengeRejected',
    );
    expect(await reasonOf(url, changed.token ?? '')).toBe('PASSWORD_CHANGED');
    // The account still has its factor.
    expect((await complete(await firstStep(url, email), { totp: app.next() })).__typename).toBe(
      'LoginSuccess',
    );
  });
});

describe('FACTOR-03 the second step with SESSION_OVERFLOW=ask', () => {
  it('MUST be refused at the session limit, and succeed as a takeover with the same challenge and code', async () => {
    const asking = await startNode({ clock, env: { SESSION_OVERFLOW: 'ask' } });
    const { email, token, app } = await person(asking.url);
    const challenge = await firstStep(asking.url, email);
    const totp = app.next();
    // Repeated refusals write at most one audit event a minute.
    for (let count = 0; count < 3; count += 1)
      expect((await complete(challenge, { totp }, asking.url)).__typename).toBe('SessionLimitReached');
    const refused = `select count(*)::int as count from hufu.security_events where outcome = 'SESSION_LIMIT_REACHED'`;
    await expect.poll(() => rowsOf(asking.database, refused)).toEqual([{ count: 1 }]);
    expect((await gql(asking.url, { query: meOperation, token })).errors).toEqual([]);
    const done = await complete(challenge, { totp, takeover: true }, asking.url);
    expect(done.__typename).toBe('LoginSuccess');
    expect(done.superseded).toHaveLength(1);
    // A takeover of the first step applies to the second.
    const taking = await firstStep(asking.url, email, { takeover: true });
    expect((await complete(taking, { totp: app.next() }, asking.url)).__typename).toBe('LoginSuccess');
  });
});

describe('FACTOR-04 recovery codes', () => {
  it('MUST each work once, instead of the app', async () => {
    const { email, app } = await person();
    const [code = '', other = ''] = app.recoveryCodes;
    expect(app.recoveryCodes).toHaveLength(10);
    const typed = code.toLowerCase().replaceAll('-', ' ');
    const done = await complete(await firstStep(url, email), { recoveryCode: typed });
    expect(done).toMatchObject({
      __typename: 'LoginSuccess',
      session: { methods: ['PASSWORD', 'RECOVERY_CODE'] },
    });
    const again = await complete(await firstStep(url, email), { recoveryCode: code });
    expect(again).toMatchObject({ __typename: 'CodeRejected', triesLeft: 4 });
    const query = '{ me { recoveryCodesLeft factors { method createdAt lastUsedAt } } }';
    const { data } = await gql<{ me: unknown }>(url, { query, token: done.token ?? '' });
    expect(data?.me).toMatchObject({ recoveryCodesLeft: 9, factors: [{ method: 'TOTP', lastUsedAt: null }] });
    expect((await complete(await firstStep(url, email), { recoveryCode: other })).__typename).toBe(
      'LoginSuccess',
    );
  });

  it('MUST be void once they are renewed', async () => {
    const { email, token, app } = await person();
    const pending = await firstStep(url, email);
    const renewed = await runFactor(url, 'renewRecoveryCodes', null, token);
    expect(renewed.recoveryCodes).toHaveLength(10);
    expect((await complete(pending, { totp: app.next() })).__typename).toBe('ChallengeRejected');
    const [old] = app.recoveryCodes;
    const [fresh] = renewed.recoveryCodes ?? [];
    const challenge = await firstStep(url, email);
    expect((await complete(challenge, { recoveryCode: old })).__typename).toBe('CodeRejected');
    expect((await complete(challenge, { recoveryCode: fresh })).__typename).toBe('LoginSuccess');
  });
});

describe('FACTOR-05 adding and removing an app', () => {
  it('MUST NOT require a code before the app is confirmed, and end the enrolment at the fifth wrong code', async () => {
    const { token, user } = await register(url);
    const started = await runFactor(url, 'startTotpEnrolment', null, token);
    const challengeToken = started.challenge?.token;
    expect(started.uri).toContain(`secret=${started.secret ?? ''}`);
    expect((await login(url, user.email)).token).toBeTruthy();
    const live = (await login(url, user.email)).token;
    for (const triesLeft of [4, 3, 2, 1, 0])
      expect(
        await runFactor(url, 'confirmTotpEnrolment', { challengeToken, code: '000000' }, live),
      ).toMatchObject({ __typename: 'CodeRejected', triesLeft });
    expect(
      (await runFactor(url, 'confirmTotpEnrolment', { challengeToken, code: '000000' }, live)).__typename,
    ).toBe('ChallengeRejected');
  });

  it('MUST refuse the enrolment of another user, and one that a later enrolment has replaced', async () => {
    const [ann, bob] = [await register(url), await register(url)];
    const first = await runFactor(url, 'startTotpEnrolment', null, ann.token);
    const confirm = (challengeToken: string | undefined, token: string) =>
      runFactor(url, 'confirmTotpEnrolment', { challengeToken, code: '123456' }, token);
    expect((await confirm(first.challenge?.token, bob.token)).__typename).toBe('ChallengeRejected');
    await runFactor(url, 'startTotpEnrolment', null, ann.token);
    expect((await confirm(first.challenge?.token, ann.token)).__typename).toBe('ChallengeRejected');
  });

  it('MUST replace an app and its recovery codes by another', async () => {
    const { email, token, app } = await person();
    const other = await enrol(url, token, clock);
    const challenge = await firstStep(url, email);
    clock.turn(30_000);
    const [old] = app.recoveryCodes;
    expect((await complete(challenge, { recoveryCode: old })).__typename).toBe('CodeRejected');
    expect((await complete(challenge, { totp: other.shown() })).__typename).toBe('LoginSuccess');
  });

  it('MUST let the password alone sign in once the app is removed, and void waiting challenges', async () => {
    const { email, token, app } = await person();
    const pending = await firstStep(url, email);
    const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
      query: '{ me { factors { id } } }',
      token,
    });
    const id = data?.me.factors[0]?.id;
    const other = await person();
    expect((await runFactor(url, 'removeFactor', { id }, other.token)).__typename).toBe('FactorNotFound');
    expect((await runFactor(url, 'removeFactor', { id: 'x' }, token)).__typename).toBe('FactorNotFound');
    const removed = await runFactor(url, 'removeFactor', { id }, token);
    expect(removed).toMatchObject({
      __typename: 'RemoveFactorSuccess',
      user: { factors: [], recoveryCodesLeft: 0 },
    });
    expect((await complete(pending, { totp: app.next() })).__typename).toBe('ChallengeRejected');
    expect((await runFactor(url, 'renewRecoveryCodes', null, token)).__typename).toBe('FactorNotFound');
    expect((await runFactor(url, 'login', { email, password })).__typename).toBe('LoginSuccess');
  });

  it('MUST notify the owner of every change and of a used recovery code', async () => {
    const { token, user } = await registerVerified(url, smtp);
    const app = await enrol(url, token, clock);
    await smtp.next(user.email, /authenticator app was added/);
    await runFactor(url, 'renewRecoveryCodes', null, token);
    await smtp.next(user.email, /New recovery codes/);
    const { recoveryCodes = [] } = await runFactor(url, 'renewRecoveryCodes', null, token);
    const done = await complete(await firstStep(url, user.email), { recoveryCode: recoveryCodes[0] });
    await smtp.next(user.email, /recovery code of your .* was used/);
    const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
      query: '{ me { factors { id } } }',
      token: done.token ?? '',
    });
    await runFactor(url, 'removeFactor', { id: data?.me.factors[0]?.id }, done.token);
    await smtp.next(user.email, /second factor was removed/);
    expect(app.recoveryCodes).toHaveLength(10);
    const events = await happeningsOf(url, done.token ?? '');
    for (const kind of ['ADD_TOTP', 'RENEW_RECOVERY_CODES', 'USE_RECOVERY_CODE', 'REMOVE_FACTOR'])
      expect(events).toContain(`${kind} SUCCEEDED`);
  });
});

describe('FACTOR-07 a change of the factors', () => {
  it('MUST need a recent proof with both factors', async () => {
    const { token, app } = await person();
    const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
      query: '{ me { factors { id } } }',
      token,
    });
    const input = { id: data?.me.factors[0]?.id };
    clock.turn(600_000);
    for (const operation of ['startTotpEnrolment', 'renewRecoveryCodes'] as const)
      await expect(runFactor(url, operation, null, token)).rejects.toThrow('STEP_UP_REQUIRED');
    await expect(runFactor(url, 'removeFactor', input, token)).rejects.toThrow('STEP_UP_REQUIRED');

    const confirm = (more: object) => runFactor(url, 'confirmIdentity', { password, ...more }, token);
    expect((await confirm({})).issues).toEqual([{ field: 'totp' }]);
    expect((await confirm({ totp: '1', recoveryCode: '1' })).issues).toEqual([{ field: 'totp' }]);
    expect((await confirm({ totp: '12345' })).__typename).toBe('InvalidCredentials');
    const used = app.next();
    const confirmed = await confirm({ totp: used });
    expect(confirmed).toMatchObject({
      __typename: 'ConfirmIdentitySuccess',
      session: { methods: ['PASSWORD', 'TOTP'] },
    });
    expect(await reasonOf(url, token)).toBe('SUPERSEDED');
    const again = await runFactor(url, 'confirmIdentity', { password, totp: used }, confirmed.token);
    expect(again.__typename).toBe('InvalidCredentials');
    expect((await runFactor(url, 'removeFactor', input, confirmed.token)).__typename).toBe(
      'RemoveFactorSuccess',
    );
  });
});

describe('FACTOR-08 the limits of codes', () => {
  it('MUST refuse further codes after too many wrong ones, except from a network of the owner', async () => {
    const counting = await startNode({
      clock,
      env: {
        RATE_LIMITS: 'on',
        TRUST_PROXY: '1',
        RATE_LIMIT_GUESSES_PER_MINUTE: '3',
        RATE_LIMIT_ACCOUNT_GUESSES_PER_HOUR: '6',
      },
    });
    const { email, token, app } = await person(counting.url);
    const right = app.next();
    const wrong = app.wrong();
    const tryCode = async (ip: string, totp: string) => {
      const from = { 'x-forwarded-for': ip };
      const challengeToken = await firstStep(counting.url, email, {}, from);
      return (await runFactor(counting.url, 'completeLogin', { challengeToken, totp }, undefined, from))
        .__typename;
    };
    // One network has three attempts a minute, over all challenges.
    for (let count = 0; count < 3; count += 1)
      expect(await tryCode('198.51.100.7', wrong)).toBe('CodeRejected');
    expect(await tryCode('198.51.100.7', right)).toBe('TooManyAttempts');
    for (let count = 0; count < 3; count += 1)
      expect(await tryCode('203.0.113.7', wrong)).toBe('CodeRejected');
    // The account's attempts are used up, except for the network from which the owner signed in.
    expect(await tryCode('192.0.2.7', right)).toBe('TooManyAttempts');
    // Repeated refusals write at most one audit event a minute.
    const challengeToken = await firstStep(counting.url, email);
    const from = { 'x-forwarded-for': '192.0.2.7' };
    for (let count = 0; count < 10; count += 1)
      await runFactor(counting.url, 'completeLogin', { challengeToken, totp: wrong }, undefined, from);
    const limited = `select count(*)::int as count from hufu.security_events where outcome = 'TOO_MANY_ATTEMPTS'`;
    await expect.poll(() => rowsOf(counting.database, limited)).toEqual([{ count: 1 }]);
    // confirmIdentity shares the limit, in the next minute.
    clock.turn(60_000);
    for (let count = 0; count < 3; count += 1) {
      const input = { password, totp: wrong };
      const refused = await runFactor(counting.url, 'confirmIdentity', input, token, from);
      expect(refused.__typename).toBe('TooManyAttempts');
    }
    await expect.poll(() => rowsOf(counting.database, limited)).toEqual([{ count: 2 }]);
    expect(await tryCode('127.0.0.1', app.shown())).toBe('LoginSuccess');
  });
});

describe('FACTOR-09 a rotation of DATA_KEY', () => {
  it('MUST re-encrypt the TOTP seeds with the new key', async () => {
    const other = await readyDatabase();
    const [old, next] = [
      'the first key of this service: 0123',
      'the second key of this service: 456',
    ] as const;
    const nodeWith = (env: Readonly<Record<string, string>>) => startNode({ database: other, clock, env });
    const first = await nodeWith({ DATA_KEY: old });
    const { email, app } = await person(first.url);
    await first.stop();
    const swapped = await nodeWith({ DATA_KEY: next, DATA_KEY_PREVIOUS: old });
    const during = await complete(await firstStep(swapped.url, email), { totp: app.next() }, swapped.url);
    expect(during.__typename).toBe('LoginSuccess');
    // The stop waits for the re-encryption.
    await swapped.stop();
    const last = await nodeWith({ DATA_KEY: next });
    const after = await complete(await firstStep(last.url, email), { totp: app.next() }, last.url);
    expect(after.__typename).toBe('LoginSuccess');
  });
});

describe('FACTOR-06 a node without DATA_KEY', () => {
  it('MUST refuse to add an app or check its code, and accept recovery codes', async () => {
    const { email, app } = await person();
    const keyless = await startNode({ database, clock, env: { DATA_KEY: '', NODE_ENV: 'production' } });
    const { token } = await register(keyless.url);
    await expect(runFactor(keyless.url, 'startTotpEnrolment', null, token)).rejects.toThrow(
      'SERVICE_UNAVAILABLE',
    );
    const challenge = await firstStep(keyless.url, email);
    await expect(complete(challenge, { totp: app.next() }, keyless.url)).rejects.toThrow(
      'SERVICE_UNAVAILABLE',
    );
    const recoveryCode = app.recoveryCodes[0];
    expect((await complete(challenge, { recoveryCode }, keyless.url)).__typename).toBe('LoginSuccess');
  });
});
