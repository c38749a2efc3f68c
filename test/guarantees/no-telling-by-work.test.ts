// Under REQUIRE_VERIFIED_EMAIL every door costs the same for every email, whatever its account is: the same answer, the
// same statements on the wire, in the answer's way and behind it, and the same hashes. Each mutation of the schema takes a
// stand here: whether it names an email, continues what named one, or has to do with none.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { getNamedType, isInputObjectType } from 'graphql';
import postgres from 'postgres';
import { expect, it, vi } from 'vitest';

import { type Mutation } from '../../src/graphql/generated.js';
import { createSchema } from '../../src/graphql/schema.js';
import { everyOperation } from '../secrets/everyOperation.js';
import { registerByMail } from '../support/account.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { signIn } from '../support/gql.js';
import { randomEmail } from '../support/operations.js';
import { passkeySettings } from '../support/passkeys.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startWire } from '../support/wire.js';

type MutationName = Exclude<keyof Mutation, '__typename'>;

type Stand =
  /** It names an email. */
  | { readonly by: 'email'; readonly input: (email: string) => object; readonly signedIn?: true }
  /** It continues what a stranger began by naming an email, with the token of its challenge and a wrong code. */
  | { readonly by: 'challenge'; readonly of: 'register' | 'requestLoginCode' }
  /** What it takes names no email: a secret that only the owner of something has, or a session. */
  | { readonly by: 'owner' };

const owner = { by: 'owner' } as const;

const stands = {
  register: { by: 'email', input: (email) => ({ email, password: 'a lantern over the quiet river' }) },
  login: { by: 'email', input: (email) => ({ email, password: 'another password' }) },
  requestLoginCode: { by: 'email', input: (email) => ({ email }) },
  requestEmailVerification: { by: 'email', input: (email) => ({ email }) },
  requestPasswordReset: { by: 'email', input: (email) => ({ email }) },
  requestEmailChange: { by: 'email', input: (email) => ({ newEmail: email }), signedIn: true },
  completeRegistration: { by: 'challenge', of: 'register' },
  loginWithCode: { by: 'challenge', of: 'requestLoginCode' },
  changePassword: owner,
  completeIdentityLink: owner,
  completeLogin: owner,
  completePasskeyLogin: owner,
  completePasskeyRegistration: owner,
  // A provider vouches for the email of the person who is signed in there: nobody else is told.
  completeProviderLogin: owner,
  confirmEmailChange: owner,
  confirmIdentity: owner,
  confirmTotpEnrolment: owner,
  deleteAccount: owner,
  endOtherSessions: owner,
  endSession: owner,
  logout: owner,
  mintTicket: owner,
  removeFactor: owner,
  renamePasskey: owner,
  renewRecoveryCodes: owner,
  resetPassword: owner,
  setPassword: owner,
  startIdentityLink: owner,
  startPasskeyConfirmation: owner,
  startPasskeyLogin: owner,
  startPasskeyRegistration: owner,
  startProviderLogin: owner,
  startTotpEnrolment: owner,
  unlinkIdentity: owner,
  verifyEmail: owner,
} satisfies Record<MutationName, Stand>;

const names = Object.entries<Stand>(stands);

it('ACCOUNT-41 a mutation that names an email MUST take part in what follows', () => {
  const fields = Object.values(createSchema().getMutationType()?.getFields() ?? {});
  expect(Object.keys(stands).sort()).toEqual(fields.map(({ name }) => name).sort());
  const naming = fields.filter(({ args }) =>
    args.some(({ name, type }) => {
      const input = getNamedType(type);
      const all = isInputObjectType(input) ? [name, ...Object.keys(input.getFields())] : [name];
      return all.some((one) => /e-?mail|user|account|address|login$/i.test(one));
    }),
  );
  const listed = names.filter(([, { by }]) => by === 'email').map(([name]) => name);
  expect(naming.map(({ name }) => name).sort()).toEqual(listed.sort());
});

/** Every state that an email's account may be in; with the statements that make it of one that is verified. */
const kinds = {
  verified: () => '',
  unverified: (id) => `update hufu.users set email_verified_at = null where id = '${id}'`,
  'disabled, without a password': (id) =>
    `update hufu.users set disabled_at = now(), password_hash = null, identities = 1 where id = '${id}'`,
  'renamed a moment ago': (id) => `
    insert into hufu.past_emails (id, user_id, email_key, replaced_at)
      select '${randomUUID()}', id, email_key, now() from hufu.users where id = '${id}';
    insert into hufu.links (jti, user_id, operation, payload, created_at, expires_at)
      select '${randomUUID()}', id, 'resetPassword', jsonb_build_object('notice', true, 'undo',
        jsonb_build_object('hadTotp', false, 'restore', jsonb_build_object('email', email, 'emailKey', email_key))),
        now(), now() + interval '1 day' from hufu.users where id = '${id}';
    update hufu.users set email = 'x' || email, email_key = 'x' || email_key where id = '${id}'`,
  deleted: (
    id,
  ) => `update hufu.users set email = null, email_key = null, password_hash = null, deleted_at = now()
    where id = '${id}'`,
} satisfies Record<string, (id: string) => string>;

/** What the node sends by the clock, and the frames of its transactions. */
const ofTheClock =
  /^(?:parse: |select 1$|begin$|commit$|(?!insert).*(?:clock_timestamp\(\)|pg_is_in_recovery|pg_control_system|"due_at"|"traces_left" or ))/s;

it.runIf(databaseKind === 'postgres')(
  'ACCOUNT-42 a door MUST answer alike and do the same work for every email',
  { timeout: 300_000 },
  async () => {
    const database = await readyDatabase();
    const wire = await startWire(database.env['DATABASE_URL'] ?? '');
    const smtp = await startSmtp();
    const metricsPort = String(await freePort());
    // Maintenance begins in ten minutes.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.9999);
    const { url } = await startNode({
      database: { env: { ...database.env, DATABASE_URL: wire.url } },
      env: {
        ...passkeySettings,
        SMTP_URL: smtp.url,
        REQUIRE_VERIFIED_EMAIL: 'true',
        EMAIL_CODE_LOGIN: 'true',
        METRICS_PORT: metricsPort,
        RATE_LIMITS: 'on',
        RATE_LIMIT_IP_GUESSES_PER_HOUR: '100000',
        RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '100000',
        RATE_LIMIT_IP_MAILS_PER_HOUR: '100000',
      },
    });
    // The outbox is looked into at once.
    random.mockReturnValue(0);
    const passwordHash = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
    whenFileEnds(() => sql.end());
    const mailsLeft = async () => (await sql`select from hufu.mails`).length;

    /** Makes an account, and gives its email. */
    const account = async (change: (id: string) => string): Promise<string> => {
      const [id, email] = [randomUUID(), randomEmail()];
      const insert = `insert into hufu.users (id, email, email_key, password_hash, email_verified_at, created_at)
        values ('${id}', '${email}', '${email}', '${passwordHash}', now(), now())`;
      await sql.unsafe(`${insert}; ${change(id)}`);
      return email;
    };

    const hashes = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return [...text.matchAll(/^hufu_hash_seconds_count\S* (\d+)$/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    };

    /** Waits until nothing is sent any more, and no mail waits: what is gathered behind answers waits 200 ms. */
    const quiet = async () => {
      let seen = -1;
      for (let calm = 0; calm < 5; calm += 1) {
        await pause(50);
        if (wire.flights().length !== seen || (await mailsLeft()) > 0) calm = 0;
        seen = wire.flights().length;
      }
    };

    const send = async (name: string, input: object, token: string | null) => {
      const query = everyOperation.find((one) => one.name === name)?.query ?? '';
      const { status, headers, data, errors } = await signIn<Record<string, Record<string, unknown>>>(url, {
        query,
        variables: { input },
        ...(token === null ? {} : { token }),
      });
      const result = data?.[name];
      const challenge = result?.['challenge'] as { token: string } | undefined;
      return {
        result,
        challenge: challenge?.token ?? '',
        seen: { status, headers: Object.fromEntries(headers), data, errors },
      };
    };

    const { token = '' } = await registerByMail(url, smtp);

    /** What one request for the email shows, and what it makes the node do. */
    const workOf = async (name: string, stand: Exclude<Stand, { by: 'owner' }>, email: string) => {
      let input: object;
      if (stand.by === 'email') input = stand.input(email);
      else {
        const begin: Stand = stands[stand.of];
        const begun = await send(stand.of, begin.input(email), null);
        expect(begun.challenge).not.toBe('');
        input = { challengeToken: begun.challenge, code: '1234 5678' };
        await quiet();
      }
      wire.clear();
      const hashed = await hashes();
      const { seen, result } = await send(
        name,
        input,
        stand.by === 'email' && stand.signedIn === true ? token : null,
      );
      expect(result, JSON.stringify(seen)).toBeTruthy();
      await quiet();
      const statements = wire
        .flights()
        .flatMap(({ statements }) => statements)
        .filter((one) => !ofTheClock.test(one));
      const said = JSON.stringify(seen)
        .replaceAll(email, 'the email')
        .replaceAll(/"(?:token|x-request-id|date)":"[^"]*"/g, '"once"')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a moment');
      return { said, hashes: (await hashes()) - hashed, statements: statements.sort() };
    };

    for (const [name, stand] of names) {
      if (stand.by === 'owner') continue;
      await workOf(name, stand, randomEmail());
      let free = await workOf(name, stand, randomEmail());
      expect(free.statements.length).toBeGreaterThan(1);
      expect(free.hashes).toBe(name === 'register' || name === 'login' ? 1 : 0);
      for (const [kind, change] of Object.entries(kinds)) {
        let taken = await workOf(name, stand, await account(change));
        // A busy machine has a mail made twice; what tells them apart does so each time.
        for (let tries = 1; tries < 3 && !isDeepStrictEqual(taken, free); tries += 1) {
          free = await workOf(name, stand, randomEmail());
          taken = await workOf(name, stand, await account(change));
        }
        expect(taken, `${name}: ${kind}`).toEqual(free);
      }
    }
  },
);
