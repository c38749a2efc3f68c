// Step-up: an act that changes how a user signs in needs a proof of the last 10 minutes, and a new proof replaces the session.

import { describe, expect, it } from 'vitest';

import { ask, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind } from '../support/database.js';
import { enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import {
  login,
  loginOperation,
  meOperation,
  password,
  phone,
  randomEmail,
  register,
  reasonOf,
} from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startNode } from '../support/startNode.js';
import { startSmtp } from '../support/smtpServer.js';

const smtp = await startSmtp();
const clock = createTestClock();
const { url, database } = await startNode({ clock, env: { SMTP_URL: smtp.url, SESSION_LIMIT: '0' } });

const needsProof = {
  code: 'STEP_UP_REQUIRED',
  maxAgeSeconds: 600,
  factors: ['PASSWORD'],
};
const minuteMs = 60_000;

const proofOf = async (token: string) => {
  const query =
    '{ session { ... on Session { id methods provedAt signedInAt } ... on SignedOut { reason } } }';
  const { data } = await gql<{ session: Record<string, unknown> }>(url, { query, token });
  return data?.session;
};
const codeOf = async (operation: Parameters<typeof ask>[1], input: object | null, token: string) => {
  const { errors, data } = await ask(url, operation, input as Record<string, unknown> | null, token);
  return errors[0]?.extensions ?? data?.[operation]?.__typename;
};

describe('STEPUP-01 an act that changes how a user signs in', () => {
  it('MUST be allowed up to 10 minutes after a sign-in', async () => {
    const { token, user } = await register(url);
    expect(await proofOf(token)).toMatchObject({
      methods: ['PASSWORD'],
      provedAt: clock.now().toISOString(),
    });
    clock.turn(10 * minuteMs - 1);
    expect(await codeOf('requestEmailChange', { newEmail: randomEmail() }, token)).toBe('EmailRequested');
    expect(await run(url, 'deleteAccount', null, token)).toMatchObject({ id: user.id });
  });

  it('MUST be refused after 10 minutes, and the refusal is in the audit trail', async () => {
    const { token, user } = await register(url);
    clock.turn(10 * minuteMs);
    const newEmail = randomEmail();
    expect(await codeOf('requestEmailChange', { newEmail }, token)).toEqual(needsProof);
    expect(await codeOf('setPassword', { newPassword: password }, token)).toEqual(needsProof);
    expect(await codeOf('deleteAccount', null, token)).toEqual(needsProof);
    expect(await reasonOf(url, token)).toBe('live');
    const query = '{ me { securityEvents { edges { node { kind outcome } } } } }';
    await expect
      .poll(async () => JSON.stringify((await gql(url, { query, token })).data))
      .toContain('"outcome":"STEP_UP_REQUIRED"');
    expect((await login(url, user.email)).user.id).toBe(user.id);
    expect(await smtp.all(newEmail, 0)).toEqual([]);
  });

  it('MUST be refused after a password change, since a token and a password are no full proof', async () => {
    const { token } = await register(url);
    clock.turn(10 * minuteMs);
    const newPassword = 'another horse battery staple';
    const changed = await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
    expect(await codeOf('deleteAccount', null, changed.token ?? '')).toEqual(needsProof);
  });
});

describe('STEPUP-02 confirmIdentity', () => {
  it('MUST replace the session by a new one, and refuse the old token', async () => {
    const { token, user, session } = await register(url, { device: phone });
    const other = await login(url, user.email);
    clock.turn(60 * minuteMs);
    const confirmed = await run(url, 'confirmIdentity', { password }, token);
    expect(confirmed).toMatchObject({ __typename: 'ConfirmIdentitySuccess', session: { device: phone } });
    expect(confirmed.session?.id).not.toBe(session.id);
    const fresh = confirmed.token ?? '';
    const provedAt = clock.now().toISOString();
    expect(await proofOf(fresh)).toMatchObject({ methods: ['PASSWORD'], provedAt, signedInAt: provedAt });

    const refused = await gql(url, { query: meOperation, token });
    expect(refused.errors[0]?.extensions).toMatchObject({ reason: 'SUPERSEDED', by: { kind: 'MOBILE' } });
    expect(await reasonOf(url, other.token)).toBe('live');
    expect(await codeOf('deleteAccount', null, fresh)).toBe('DeleteAccountSuccess');
  });

  it('MUST leave the session unchanged after a wrong password', async () => {
    const { token } = await register(url);
    clock.turn(60 * minuteMs);
    expect(await codeOf('confirmIdentity', { password: 'not the password' }, token)).toBe(
      'InvalidCredentials',
    );
    expect(await run(url, 'confirmIdentity', { password: `${password}\u0000` }, token)).toMatchObject({
      issues: [{ field: 'password' }],
    });
    expect(await codeOf('deleteAccount', null, token)).toEqual(needsProof);
    expect(await reasonOf(url, token)).toBe('live');
  });

  it('MUST succeed once for six parallel requests with one token', async () => {
    const { token, user } = await register(url);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => codeOf('confirmIdentity', { password }, token)),
    );
    expect(answers.filter((one) => one === 'ConfirmIdentitySuccess')).toHaveLength(1);
    const lost = answers.filter((one) => one !== 'ConfirmIdentitySuccess');
    for (const one of lost) expect(one).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
    const query = '{ me { sessions { id } } }';
    const { token: another } = await login(url, user.email);
    const { data } = await gql<{ me: { sessions: unknown[] } }>(url, { query, token: another });
    expect(data?.me.sessions).toHaveLength(2);
  });
});

describe('STEPUP-04 an account with a second factor', () => {
  it('MUST confirm only with both factors', async () => {
    const { token } = await register(url);
    const app = await enrol(url, token, clock);
    clock.turn(10 * minuteMs);
    const needsBoth = { ...needsProof, factors: ['PASSWORD', 'TOTP'] };
    expect(await codeOf('deleteAccount', null, token)).toEqual(needsBoth);
    expect(await run(url, 'confirmIdentity', { password }, token)).toMatchObject({
      __typename: 'InvalidInput',
      issues: [{ field: 'totp' }],
    });
    const wrong = app.wrong();
    expect(await codeOf('confirmIdentity', { password, totp: wrong }, token)).toBe('InvalidCredentials');
    const onlyCode = { password: 'not the password', totp: app.shown() };
    expect(await codeOf('confirmIdentity', onlyCode, token)).toBe('InvalidCredentials');
    const [recoveryCode = ''] = app.recoveryCodes;
    const twice = { password, totp: app.shown(), recoveryCode };
    expect(await codeOf('confirmIdentity', twice, token)).toBe('InvalidInput');
    expect(await codeOf('deleteAccount', null, token)).toEqual(needsBoth);

    const confirmed = await run(url, 'confirmIdentity', { password, totp: app.next() }, token);
    expect(await proofOf(confirmed.token ?? '')).toMatchObject({ methods: ['PASSWORD', 'TOTP'] });
    // The server accepts no code twice.
    const again = { password, totp: app.shown() };
    expect(await codeOf('confirmIdentity', again, confirmed.token ?? '')).toBe('InvalidCredentials');
    const byRecovery = await run(url, 'confirmIdentity', { password, recoveryCode }, confirmed.token ?? '');
    expect(await codeOf('deleteAccount', null, byRecovery.token ?? '')).toBe('DeleteAccountSuccess');
  });
});

describe('STEPUP-05 a session from before the account had a second factor', () => {
  it('MUST prove that factor first, unlike the session that added it', async () => {
    const { token, user } = await register(url);
    const { token: ofThief } = await login(url, user.email);
    await enrol(url, token, clock);
    const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
      query: '{ me { factors { id } } }',
      token: ofThief,
    });
    const id = data?.me.factors[0]?.id;

    await expect(runFactor(url, 'removeFactor', { id }, ofThief)).rejects.toThrow('STEP_UP_REQUIRED');
    const needsBoth = { ...needsProof, factors: ['PASSWORD', 'TOTP'] };
    expect(await codeOf('deleteAccount', null, ofThief)).toEqual(needsBoth);

    expect(await proofOf(token)).toMatchObject({ methods: ['PASSWORD', 'TOTP'] });
    const removed = await runFactor(url, 'removeFactor', { id }, token);
    expect(removed.__typename).toBe('RemoveFactorSuccess');
    expect(await codeOf('deleteAccount', null, ofThief)).toBe('DeleteAccountSuccess');
  });
});

describe.runIf(databaseKind === 'postgres')('STEPUP-03 an account without a password', () => {
  const without = async () => {
    const person = await register(url);
    await rowsOf(
      database,
      `update hufu.users set password_hash = null, identities = 1 where id = '${person.user.id}'`,
    );
    return person;
  };

  it('MUST refuse every password as InvalidCredentials', async () => {
    const { token, user } = await without();
    const input = { email: user.email, password };
    const { data } = await gql(url, { query: loginOperation, variables: { input } });
    expect(data?.login.__typename).toBe('InvalidCredentials');
    expect(await codeOf('confirmIdentity', { password }, token)).toBe('InvalidCredentials');
    const change = { currentPassword: password, newPassword: 'another horse battery staple' };
    expect(await codeOf('changePassword', change, token)).toBe('InvalidCredentials');
    clock.turn(10 * minuteMs);
    expect(await codeOf('deleteAccount', null, token)).toEqual({ ...needsProof, factors: ['PROVIDER'] });
  });

  it('MUST get its first password once, with a recent proof', async () => {
    const { token, user } = await without();
    const newPassword = 'another horse battery staple';
    expect(await run(url, 'setPassword', { newPassword: 'short' }, token)).toMatchObject({
      __typename: 'WeakPassword',
    });
    const answers = await Promise.all(
      [newPassword, password].map((one) => codeOf('setPassword', { newPassword: one }, token)),
    );
    expect(answers.toSorted()).toEqual(['PasswordExists', 'SetPasswordSuccess']);
    const set = answers[0] === 'SetPasswordSuccess' ? newPassword : password;
    const input = { email: user.email, password: set };
    const { data } = await gql(url, { query: loginOperation, variables: { input } });
    expect(data?.login.__typename).toBe('LoginSuccess');
    expect(await codeOf('setPassword', { newPassword }, token)).toBe('PasswordExists');
  });
});
