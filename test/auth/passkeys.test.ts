// Passkeys of an account, over a real port, with a software authenticator that can also lie.

import { randomBytes, randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { happeningsOf } from '../audit/events.js';
import { linkIn, registerVerified, run } from '../support/account.js';
import { assertPasskey, createPasskey } from '../support/authenticator.js';
import { createTestClock } from '../support/clock.js';
import { gql } from '../support/gql.js';
import { login, password, register } from '../support/operations.js';
import {
  addPasskey,
  completeRegistration,
  confirm,
  confirmByPasskey,
  origin,
  passkeyFields,
  type PasskeyFields,
  type PasskeyResult,
  passkeySettings,
  startConfirmation,
  startRegistration,
} from '../support/passkeys.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const smtp = await startSmtp();
const env = {
  ...passkeySettings,
  SMTP_URL: smtp.url,
  MAIL_FROM: 'Hufu <mail@hufu.test>',
  SESSION_LIMIT: '0',
};
const { url, database } = await startNode({ env });

async function passkeysOf(token: string): Promise<readonly PasskeyFields[]> {
  const query = `{ me { passkeys { ${passkeyFields} } } }`;
  const { data } = await gql<{ me: { passkeys: PasskeyFields[] } }>(url, { query, token });
  return data?.me.passkeys ?? [];
}

async function rename(token: string, id: string, name: string): Promise<PasskeyResult | undefined> {
  const { data } = await gql<{ renamePasskey: PasskeyResult }>(url, {
    query: `mutation ($input: RenamePasskeyInput!) { renamePasskey(input: $input) {
      __typename ... on PasskeyRenamed { passkey { ${passkeyFields} } } ... on InvalidInput { issues { field } } } }`,
    variables: { input: { id, name } },
    token,
  });
  return data?.renamePasskey;
}

const resultOf = ({ data }: Awaited<ReturnType<typeof completeRegistration>>) =>
  data?.completePasskeyRegistration;

describe('a passkey', () => {
  it('PASSKEY-01 MUST be added with a name, and its addition notifies the owner and is recorded', async () => {
    const { token, user } = await registerVerified(url, smtp);

    const added = await addPasskey(url, token, { name: ' Ada’s\u202e Pixel 9\n' });

    expect(added.fields).toMatchObject({ name: 'Ada’s Pixel 9', synced: false, lastUsedAt: null });
    expect(await passkeysOf(token)).toEqual([added.fields]);
    expect((await happeningsOf(url, token)).at(-1)).toBe('ADD_PASSKEY SUCCEEDED');
    await smtp.next(user.email, /passkey was added/);
    // The options of the next registration exclude this authenticator.
    const { options } = await startRegistration(url, token);
    expect(options.excludeCredentials).toMatchObject([{ id: added.id, transports: ['internal'] }]);
  });

  it('PASSKEY-09 MUST be removed by the link of its notification, together with later passkeys', async () => {
    const { token, user } = await registerVerified(url, smtp);
    await addPasskey(url, token, { name: 'Mine' });
    await smtp.next(user.email, /passkey was added/);
    await addPasskey(url, token, { name: 'Of a thief' });
    const mail = await smtp.next(user.email, /passkey was added/);
    expect(mail.text).toContain('It also removes the passkey, and what was added to sign in with after it.');
    // A later passkey does not void the link.
    await addPasskey(url, token, { name: 'Of a thief as well' });

    const link = linkIn(mail).token;
    expect(await run(url, 'resetPassword', { token: link, newPassword: password })).toMatchObject({
      __typename: 'ResetPasswordSuccess',
    });

    const again = await login(url, user.email);
    expect((await passkeysOf(again.token)).map(({ name }) => name)).toEqual(['Mine']);
    expect(await happeningsOf(url, again.token)).toContain('REMOVE_PASSKEY SUCCEEDED');
    const counted = `select passkeys from hufu.users where id = '${user.id}'`;
    expect(await rowsOf(database, counted)).toEqual([{ passkeys: 1 }]);
  });

  it('PASSKEY-02 MUST be renamed only by its owner', async () => {
    const { token } = await register(url);
    const other = await register(url);
    const { fields } = await addPasskey(url, token);

    expect(await rename(token, fields.id, 'Work phone')).toMatchObject({ passkey: { name: 'Work phone' } });
    expect(await rename(other.token, fields.id, 'Mine')).toEqual({ __typename: 'PasskeyNotFound' });
    expect(await rename(token, 'x', 'Mine')).toEqual({ __typename: 'PasskeyNotFound' });
    expect(await rename(token, fields.id, ' \u200b')).toMatchObject({ issues: [{ field: 'name' }] });
    expect((await passkeysOf(token)).map(({ name }) => name)).toEqual(['Work phone']);
  });

  it('PASSKEY-03 a registration challenge MUST work once, only for its session, and only until a factor changes', async () => {
    const { token, user } = await register(url);
    const second = await login(url, user.email);
    const stranger = await register(url);
    const begin = async () => {
      const { challenge, options } = await startRegistration(url, token);
      return { challengeToken: challenge.token, response: createPasskey(options, origin).creation };
    };
    const expired = { __typename: 'PasskeyRejected', reason: 'EXPIRED' };

    const begun = await begin();
    expect(resultOf(await completeRegistration(url, second.token, begun))).toEqual(expired);
    expect(resultOf(await completeRegistration(url, stranger.token, begun))).toEqual(expired);
    const earlier = await begin();
    expect(resultOf(await completeRegistration(url, token, begun))).toMatchObject({
      __typename: 'PasskeyAdded',
    });
    expect(resultOf(await completeRegistration(url, token, begun))).toEqual(expired);
    expect(resultOf(await completeRegistration(url, token, earlier))).toEqual(expired);
    // The authenticator has signed another challenge.
    const mixed = { ...(await begin()), challengeToken: (await begin()).challengeToken };
    expect(resultOf(await completeRegistration(url, token, mixed))).toEqual({
      ...expired,
      reason: 'INVALID',
    });
    const forged = { ...(await begin()), challengeToken: randomBytes(48).toString('base64url') };
    expect(resultOf(await completeRegistration(url, token, forged))).toMatchObject({ reason: 'INVALID' });
  });

  it('PASSKEY-04 an account MUST have at most 20 passkeys, also when several are added at once', async () => {
    const { token, user } = await register(url);
    const begun = [];
    for (let number = 0; number < 3; number += 1) begun.push(await startRegistration(url, token));
    await rowsOf(
      database,
      `insert into hufu.passkeys (id, user_id, credential_id, public_key, counter, backed_up, transports, name, created_at)
         select gen_random_uuid(), '${user.id}', '${randomUUID()}' || n, 'x', 0, false, '{}', 'x', now()
         from generate_series(1, 19) n`,
    );

    const results = await Promise.all(
      begun.map(async ({ challenge, options }) => {
        const { creation: response } = createPasskey(options, origin);
        return resultOf(
          await completeRegistration(url, token, { challengeToken: challenge.token, response }),
        );
      }),
    );

    expect(results.filter((result) => result?.__typename === 'PasskeyAdded')).toHaveLength(1);
    expect(await passkeysOf(token)).toHaveLength(20);
    const { data } = await gql<{ startPasskeyRegistration: { __typename: string } }>(url, {
      query: 'mutation { startPasskeyRegistration { __typename } }',
      token,
    });
    expect(data?.startPasskeyRegistration.__typename).toBe('TooManyPasskeys');
  });

  it('PASSKEY-05 MUST NOT belong to two accounts', async () => {
    const [one, other] = [await register(url), await register(url)];
    const first = await startRegistration(url, one.token);
    const { creation, passkey } = createPasskey(first.options, origin);
    const input = { challengeToken: first.challenge.token, response: creation };
    expect(resultOf(await completeRegistration(url, one.token, input))?.__typename).toBe('PasskeyAdded');

    const second = await startRegistration(url, other.token);
    const again = createPasskey(second.options, origin, {}, passkey);
    const stolen = { challengeToken: second.challenge.token, response: again.creation };
    expect(resultOf(await completeRegistration(url, other.token, stolen))).toEqual({
      __typename: 'PasskeyRejected',
      reason: 'INVALID',
    });
    expect(await passkeysOf(other.token)).toEqual([]);
  });

  it('PASSKEY-06 MUST be erased with the account', async () => {
    const { token, user } = await register(url);
    await addPasskey(url, token);

    expect(await run(url, 'deleteAccount', null, token)).toMatchObject({ id: user.id });

    const left = `select (select count(*) from hufu.passkeys where user_id = '${user.id}')::int as rows, passkeys
      from hufu.users where id = '${user.id}'`;
    expect(await rowsOf(database, left)).toEqual([{ rows: 0, passkeys: 0 }]);
  });

  it('PASSKEY-22 MUST need a proof of the last 10 minutes to be added, which another passkey can give', async () => {
    const clock = createTestClock(new Date());
    const later = await startNode({ database, env, clock });
    const { token, session } = await register(later.url);
    const passkey = await addPasskey(later.url, token);
    const begun = await startRegistration(later.url, token);
    clock.turn(600_000 - 1_000);
    // The device creates the passkey in time.
    const { creation: response } = createPasskey(begun.options, origin);
    clock.turn(1_000);
    const start = { query: 'mutation { startPasskeyRegistration { __typename } }' };
    const refused = await gql(later.url, { ...start, token });
    expect(refused.errors[0]?.extensions).toMatchObject({
      code: 'STEP_UP_REQUIRED',
      factors: ['PASSWORD', 'PASSKEY'],
    });
    expect(
      resultOf(await completeRegistration(later.url, token, { challengeToken: 'x', response })),
    ).toMatchObject({
      reason: 'INVALID',
    });

    const confirmed = await confirmByPasskey(later.url, token, passkey);
    expect(confirmed).toMatchObject({
      __typename: 'ConfirmIdentitySuccess',
      session: { methods: ['PASSKEY'] },
    });
    expect(confirmed.session?.id).not.toBe(session.id);
    const { errors } = await gql(later.url, { ...start, token });
    expect(errors[0]?.extensions.reason).toBe('SUPERSEDED');
    expect((await startRegistration(later.url, confirmed.token ?? '')).__typename).toBe(
      'PasskeyRegistrationStarted',
    );
  });

  it('PASSKEY-23 a proof by passkey MUST be of the same account and the same session, and work once', async () => {
    const { token, user } = await register(url);
    const second = await login(url, user.email);
    const passkey = await addPasskey(url, token);
    const other = await register(url);
    const stranger = await addPasskey(url, other.token);
    const rejected = (reason: string) => ({ __typename: 'PasskeyRejected', reason });

    const begun = await startConfirmation(url, token);
    expect(begun.options.allowCredentials).toMatchObject([{ id: passkey.id }]);
    expect(await confirmByPasskey(url, token, stranger)).toEqual(rejected('UNKNOWN'));
    expect(await confirmByPasskey(url, token, passkey, { userVerified: false })).toEqual(rejected('INVALID'));
    const proof = {
      challengeToken: begun.challenge.token,
      response: assertPasskey(passkey, begun.options, origin, { userHandle: null }),
    };
    expect(await confirm(url, second.token, { passkey: proof })).toEqual(rejected('EXPIRED'));
    const confirmed = await confirm(url, token, { passkey: proof });
    expect(confirmed.__typename).toBe('ConfirmIdentitySuccess');
    expect(await confirm(url, confirmed.token ?? '', { passkey: proof })).toEqual(rejected('EXPIRED'));
    const both = { password, passkey: proof };
    expect((await confirm(url, confirmed.token ?? '', both)).__typename).toBe('InvalidInput');
    expect((await confirm(url, confirmed.token ?? '', {})).__typename).toBe('InvalidInput');
  });

  it('PASSKEY-07 a malformed response MUST be refused as BAD_USER_INPUT', async () => {
    const { token } = await register(url);
    const { challenge } = await startRegistration(url, token);
    for (const response of ['x', {}, [], 7, { id: 'a', rawId: 'a', type: 'public-key', response: {} }]) {
      const { errors } = await completeRegistration(url, token, {
        challengeToken: challenge.token,
        response,
      });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});

it('PASSKEY-08 a server without passkeys MUST answer NOT_ENABLED', async () => {
  const without = await startNode();
  const { token } = await register(without.url);
  const { errors } = await gql(without.url, {
    query: 'mutation { startPasskeyRegistration { __typename } }',
    token,
  });
  expect(errors[0]?.extensions.code).toBe('NOT_ENABLED');
});
