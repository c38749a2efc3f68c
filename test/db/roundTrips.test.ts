// Counts the round trips to the database that a response waits for, on the wire. An operation sends without waiting what it
// already knows.

import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { enrol, firstStep, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import {
  login,
  logoutOperation,
  meOperation,
  password,
  randomEmail,
  register,
} from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { serviceKey } from '../support/serviceKey.js';
import { startNode } from '../support/startNode.js';
import { startWire } from '../support/wire.js';

/** Parts of statements that no response waits for. */
const behindAnswers = [
  // Gives attempts back.
  'greatest(counted.points - 1, 0)',
  // Tells other nodes of ended sessions.
  'pg_notify',
  // Records failures.
  'jsonb_to_recordset',
  // The outbox.
  '"due_at"',
  'delete from "hufu"."mails" where "hufu"."mails"."id"',
  'clock_timestamp()',
  // Looks for the primary.
  'pg_is_in_recovery',
  'pg_control_system',
  'set "last_seen_at"',
  'sessions_ended_before" is not null',
];

function isBehind(statement: string): boolean {
  // The heartbeat of the listener's connection.
  if (statement === 'select 1') return true;
  return (
    behindAnswers.some((part) => statement.includes(part)) &&
    !statement.startsWith('insert into "hufu"."mails"')
  );
}

const next = 'a lantern over the quiet river';
const other = 'a kettle under the tall old tree';

describe.runIf(databaseKind === 'postgres')('DB-07 a response', async () => {
  const database = await readyDatabase();
  const wire = await startWire(database.env['DATABASE_URL'] ?? '');
  const smtp = await startSmtp();
  const node = await startNode({
    database: { env: { ...database.env, DATABASE_URL: wire.url } },
    env: {
      DATABASE_POOL_SIZE: '3',
      INTEGRATIONS: 'introspect',
      RATE_LIMITS: 'on',
      RATE_LIMIT_GUESSES_PER_MINUTE: '1000',
      RATE_LIMIT_IP_GUESSES_PER_HOUR: '100000',
      RATE_LIMIT_IP_REGISTRATIONS_PER_HOUR: '100000',
      RATE_LIMIT_IP_MAILS_PER_HOUR: '100000',
      RATE_LIMIT_ACCOUNT_SIGN_INS_PER_HOUR: '1000',
      RATE_LIMIT_RECIPIENT_MAILS_PER_HOUR: '1000',
      SMTP_URL: smtp.url,
    },
  });
  const { url } = node;

  /** Repeats the operation until all its statements are prepared, then returns the round trips that its response waited for. */
  async function tripsOf<T>(prepare: () => T | Promise<T>, act: (prepared: T) => Promise<unknown>) {
    for (let tries = 1; ; tries += 1) {
      const prepared = await prepare();
      await quiet();
      wire.clear();
      await act(prepared);
      const flights = wire.waited(isBehind);
      const isWarm = !wire
        .flights()
        .some(({ statements }) => statements.some((one) => one.startsWith('parse: ')));
      if (isWarm) return flights;
      if (tries === 12) throw new Error('statements are still being prepared');
    }
  }

  /** Waits until the background work is done and the node sends nothing. */
  async function quiet() {
    for (let calm = 0; calm < 5; calm += 1) {
      const before = wire.flights().length;
      await pause(60);
      if (wire.flights().length !== before) calm = 0;
    }
  }

  const budget = async <T>(
    trips: number,
    prepare: () => T | Promise<T>,
    act: (prepared: T) => Promise<unknown>,
  ) => {
    const flights = await tripsOf(prepare, act);
    const shown = flights.map(({ statements }) => statements.map((one) => one.trim().slice(0, 60)));
    expect(shown.length, JSON.stringify(shown, null, 2)).toBeLessThanOrEqual(trips);
    expect(shown.length).toBeGreaterThan(0);
    return flights.flatMap(({ statements }) => statements);
  };

  afterEach(() => {
    wire.delay(0);
  });

  const person = () => register(url);

  it('MUST NOT wait for the preparation of a statement that is new to a connection', async () => {
    const { user } = await person();
    await quiet();
    wire.clear();
    await login(url, user.email);
    // The driver would send Parse alone and wait for the types of the parameters.
    const flights = wire.waited(isBehind);
    const parsed = flights.flatMap(({ statements }) => statements.filter((one) => one.startsWith('parse: ')));
    expect(parsed).not.toHaveLength(0);
    for (const { statements } of flights)
      for (const one of statements.filter((text) => text.startsWith('parse: ')))
        expect(statements).toContain(one.slice('parse: '.length));
  });

  it('MUST wait for one round trip to `me`', async () => {
    await budget(1, person, async ({ token }) => {
      const { data } = await gql(url, { query: meOperation, token });
      expect(data?.me).toBeTruthy();
    });
  });

  it('MUST wait for at most 4 to register', async () => {
    await budget(4, randomEmail, (email) => register(url, { email }));
  });

  it('MUST wait for at most 5 to log in and supersede a session', async () => {
    const statements = await budget(5, person, async ({ user }) => {
      const answer = await login(url, user.email);
      expect(answer.superseded).toHaveLength(1);
    });
    // The older session's row is written once: each version of it has an entry in every index.
    expect(statements.filter((one) => one.startsWith('update "hufu"."sessions"'))).toHaveLength(1);
    // Each costs CPU on both sides.
    expect(statements.length, JSON.stringify(statements, null, 2)).toBeLessThanOrEqual(14);
  });

  it('MUST wait for at most 8 to log in with a second factor, over both steps', async () => {
    await budget(
      8,
      async () => {
        const { user, token } = await person();
        // One step behind, so that the next code is that of now.
        const app = await enrol(url, token, createTestClock(new Date(Date.now() - 30_000)));
        return { email: user.email, totp: app.next() };
      },
      async ({ email, totp }) => {
        const challengeToken = await firstStep(url, email);
        const done = await runFactor(url, 'completeLogin', { challengeToken, totp });
        expect(done.superseded).toHaveLength(1);
      },
    );
  });

  it('MUST wait for at most 2 to refuse a wrong password, whether or not the e-mail has an account', async () => {
    const known = (await person()).user.email;
    for (const email of [known, randomEmail()])
      await budget(
        2,
        () => email,
        async (to) => {
          const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
          const { data } = await gql<{ login: { __typename: string } }>(url, {
            query,
            variables: { input: { email: to, password: 'not the password at all' } },
          });
          expect(data?.login.__typename).toBe('InvalidCredentials');
        },
      );
  });

  it('MUST wait for at most 7 to change a password', async () => {
    await budget(7, person, async ({ token }) => {
      const input = { currentPassword: password, newPassword: next };
      const { __typename } = await run(url, 'changePassword', input, token);
      expect(__typename).toBe('ChangePasswordSuccess');
    });
  });

  it('MUST wait for at most 4 to log out', async () => {
    await budget(4, person, async ({ token }) => {
      const { data } = await gql(url, { query: logoutOperation, token });
      expect(data?.logout.session).toBeTruthy();
    });
  });

  it('MUST wait for at most 4 to end another session', async () => {
    await budget(4, person, async ({ token, session }) => {
      const query = `mutation ($input: EndSessionInput!) { endSession(input: $input) { __typename } }`;
      const { data } = await gql<{ endSession: { __typename: string } }>(url, {
        query,
        variables: { input: { id: session.id } },
        token,
      });
      expect(data?.endSession.__typename).toBe('EndSessionSuccess');
    });
  });

  it('MUST wait for at most 3 to end all other sessions', async () => {
    await budget(3, person, async ({ token }) => {
      const query = `mutation { endOtherSessions { __typename } }`;
      const { data } = await gql<{ endOtherSessions: { __typename: string } }>(url, { query, token });
      expect(data?.endOtherSessions.__typename).toBe('EndOtherSessionsPayload');
    });
  });

  it('MUST wait for at most 6 to reset a password by a link', async () => {
    await budget(
      6,
      async () => {
        const { user } = await person();
        await run(url, 'requestPasswordReset', { email: user.email });
        return linkIn(await smtp.next(user.email)).token;
      },
      async (token) => {
        const { __typename } = await run(url, 'resetPassword', { token, newPassword: other });
        expect(__typename).toBe('ResetPasswordSuccess');
      },
    );
  });

  describe('to a service', async () => {
    const keyLookup = '"hufu"."service_keys"';
    const sessionLookup = '"successors"';
    const key = await serviceKey({ database }, 'gateway', ['introspect']);
    const reader = await serviceKey({ database }, 'reader', ['feed']);

    const introspect = async (credentials: string, token: string) => {
      const body = JSON.stringify({ tokens: [token] });
      const headers = { authorization: `Bearer ${credentials}`, 'content-type': 'application/json' };
      const response = await fetch(new URL('/introspect', url), { method: 'POST', headers, body });
      return { status: response.status, text: await response.text() };
    };
    const looksUpSessions = () =>
      wire.flights().some(({ statements }) => statements.some((one) => one.includes(sessionLookup)));

    it('MUST look up the sessions together with a key that was valid before, and wait for both', async () => {
      const { token } = await person();
      await introspect(key, token);
      await quiet();
      wire.clear();
      const held = wire.hold(keyLookup);
      let isAnswered = false;
      const asked = introspect(key, token).finally(() => {
        isAnswered = true;
      });
      const release = await held;
      await vi.waitFor(() => {
        expect(looksUpSessions()).toBe(true);
      });
      await quiet();
      expect(isAnswered).toBe(false);
      release();
      expect((await asked).text).toContain('"active":true');
    });

    it('MUST NOT look up a session for a key that was never valid, is no longer valid, or lacks the scope', async () => {
      const { token } = await person();
      for (const [credentials, status] of [
        [`${key.slice(0, -4)}AAAA`, 401],
        [reader, 403],
        [reader, 403],
      ] as const) {
        await quiet();
        wire.clear();
        expect((await introspect(credentials, token)).status).toBe(status);
        expect(looksUpSessions()).toBe(false);
      }
      expect((await introspect(key, token)).status).toBe(200);
      const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
      await sql`update hufu.service_accounts set disabled_at = now() where name = 'gateway'`;
      await sql.end();
      expect((await introspect(key, token)).status).toBe(401);
      await quiet();
      wire.clear();
      expect((await introspect(key, token)).status).toBe(401);
      expect(looksUpSessions()).toBe(false);
    });
  });
});

describe.runIf(databaseKind === 'postgres')('DB-08 forty logins at once', () => {
  it('MUST all open one session when each packet takes 150 ms longer', { timeout: 120_000 }, async () => {
    const database = await readyDatabase();
    const wire = await startWire(database.env['DATABASE_URL'] ?? '');
    const { url } = await startNode({ database: { env: { ...database.env, DATABASE_URL: wire.url } } });
    const people = await Promise.all(Array.from({ length: 40 }, () => register(url)));
    wire.delay(150);
    const answers = await Promise.all(people.map(({ user }) => login(url, user.email)));
    wire.delay(0);
    for (const { token, superseded } of answers) {
      expect(superseded).toHaveLength(1);
      expect((await gql(url, { query: meOperation, token })).data?.me).toBeTruthy();
    }
  });
});
