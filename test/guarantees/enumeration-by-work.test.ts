// With REQUIRE_VERIFIED_EMAIL a mutation does the same work for every e-mail, in every state of its account: the same answer, the
// same statements before and after the answer, and the same number of hashes. Every mutation of the schema is classified here:
// it names an e-mail, continues one that did, or names none.

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

type Classified =
  /** It names an e-mail. */
  | { readonly by: 'email'; readonly input: (email: string) => object; readonly signedIn?: true }
  /** It continues a mutation that named an e-mail, with the token of its challenge and a wrong code. */
  | { readonly by: 'challenge'; readonly of: 'register' | 'requestLoginCode' }
  /** It names no e-mail: it takes a secret that only the owner has, or a session. */
  | { readonly by: 'owner' };

const owner = { by: 'owner' } as const;

const classified = {
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
  // The provider confirms the e-mail of its own signed-in user, so no stranger learns anything.
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
} satisfies Record<MutationName, Classified>;

const names = Object.entries<Classified>(classified);

it('ACCOUNT-41 every mutation that names an e-mail MUST be classified as one that does', () => {
  const fields = Object.values(createSchema().getMutationType()?.getFields() ?? {});
  expect(Object.keys(classified).sort()).toEqual(fields.map(({ name }) => name).sort());
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

/** Every state of an account, with the statements that put a verified account into it. */
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

/** Statements of timers, and those that only frame transactions. */
const timerStatements =
  /^(?:parse: |select 1$|begin$|commit$|(?!insert).*(?:clock_timestamp\(\)|pg_is_in_recovery|pg_control_system|"due_at"|"traces_left" or ))/s;

it.runIf(databaseKind === 'postgres')(
  'ACCOUNT-42 a mutation that names an e-mail MUST give the same answer and do the same work for every e-mail',
  { timeout: 300_000 },
  async () => {
    const database = await readyDatabase();
    const wire = await startWire(database.env['DATABASE_URL'] ?? '');
    const smtp = await startSmtp();
    const metricsPort = String(await freePort());
    // Delays maintenance by ten minutes.
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
    // Makes the outbox worker begin at once.
    random.mockReturnValue(0);
    const passwordHash = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
    whenFileEnds(() => sql.end());
    const mailsLeft = async () => (await sql`select from hufu.mails`).length;

    /** Creates an account, and returns its e-mail. */
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

    /** Waits until no statement is sent and no mail is queued. Work after an answer is batched for up to 200 ms. */
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

    /** Sends the mutation for an e-mail, and returns its answer and the work of the node. */
    const workOf = async (name: string, mutation: Exclude<Classified, { by: 'owner' }>, email: string) => {
      let input: object;
      if (mutation.by === 'email') input = mutation.input(email);
      else {
        const begin: Classified = classified[mutation.of];
        const begun = await send(mutation.of, begin.input(email), null);
        expect(begun.challenge).not.toBe('');
        input = { challengeToken: begun.challenge, code: '1234 5678' };
        await quiet();
      }
      wire.clear();
      const hashed = await hashes();
      const { seen, result } = await send(
        name,
        input,
        mutation.by === 'email' && mutation.signedIn === true ? token : null,
      );
      expect(result, JSON.stringify(seen)).toBeTruthy();
      await quiet();
      const statements = wire
        .flights()
        .flatMap(({ statements }) => statements)
        .filter((one) => !timerStatements.test(one));
      const said = JSON.stringify(seen)
        .replaceAll(email, 'the email')
        .replaceAll(/"(?:token|x-request-id|date)":"[^"]*"/g, '"once"')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a moment');
      return { said, hashes: (await hashes()) - hashed, statements: statements.sort() };
    };

    for (const [name, mutation] of names) {
      if (mutation.by === 'owner') continue;
      await workOf(name, mutation, randomEmail());
      let free = await workOf(name, mutation, randomEmail());
      expect(free.statements.length).toBeGreaterThan(1);
      expect(free.hashes).toBe(name === 'register' || name === 'login' ? 1 : 0);
      for (const [kind, change] of Object.entries(kinds)) {
        let taken = await workOf(name, mutation, await account(change));
        // On a busy machine a mail may be composed twice. A real difference shows in every try.
        for (let tries = 1; tries < 3 && !isDeepStrictEqual(taken, free); tries += 1) {
          free = await workOf(name, mutation, randomEmail());
          taken = await workOf(name, mutation, await account(change));
        }
        expect(taken, `${name}: ${kind}`).toEqual(free);
      }
    }
  },
);
