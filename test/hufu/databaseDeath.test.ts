// The database server is killed in each state of a team's process: requests are unavailable, no user is signed out, and
// everything is served again once the server is back. An uncaught error, which would end the process, fails this run.

import { sql } from 'drizzle-orm';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createHufu, type Hufu, requireSession } from '../../src/index.js';
import { databaseKind } from '../support/database.js';
import { password, randomEmail } from '../support/operations.js';
import { type StartedPostgres, startPostgres } from '../support/postgresProcess.js';
import { hufuOptions } from './harness.js';

/** The time within which everything must be served again. */
const back = { timeout: 10_000, interval: 50 };

const unavailable = 'SERVICE_UNAVAILABLE';

describe.runIf(databaseKind === 'postgres')('HUFU-70 a database server that is killed', () => {
  let server: StartedPostgres;
  let hufu: Hufu;
  /** Runs in the transaction that creates an account, before the team's own statement. */
  let inHook: () => Promise<void> = () => Promise.resolve();

  beforeAll(async () => {
    server = await startPostgres({});
  });

  afterAll(async () => {
    await hufu.stop();
    await server.stop();
  });

  const start = () => {
    const registered = async (tx: { execute(query: ReturnType<typeof sql>): unknown }) => {
      await inHook();
      await tx.execute(sql`select 1`);
    };
    return createHufu({ ...hufuOptions({ env: {} }, { on: { registered } }), database: server.url });
  };
  const contextOf = (token: string | null) => {
    const headers = new Headers(token === null ? {} : { authorization: `Bearer ${token}` });
    return hufu.context({ headers }, { ip: '192.0.2.1' });
  };
  /** Gives the type of the result, or the code of the error. */
  const run = async (source: string, token: string | null = null) => {
    const contextValue = await contextOf(token);
    const { data, errors } = await graphql({ schema: hufu.schema, source, contextValue });
    const [result] = Object.values((data ?? {}) as Record<string, Record<string, string> | null>);
    return { is: errors?.[0]?.extensions['code'] ?? result?.['__typename'], token: result?.['token'] ?? '' };
  };
  const register = (email = randomEmail()) =>
    run(`mutation { register(input: { email: "${email}", password: "${password}" }) {
      __typename ... on RegisterSuccess { token } } }`);
  const login = (email: string) =>
    run(`mutation { login(input: { email: "${email}", password: "${password}" }) { __typename } }`);
  const me = async (token: string) => (await run('{ me { __typename } }', token)).is;

  /**
   * Kills the server while the work waits for a lock that the statement holds, and gives the work's result.
   *
   * @param meanwhile is called while the work waits
   */
  const dieIn = async <Result>(
    statement: string,
    work: () => Promise<Result>,
    meanwhile: () => void = () => undefined,
  ): Promise<Result> => {
    const holder = postgres(server.url, { max: 1, onnotice: () => undefined });
    const observer = postgres(server.url, { max: 1, onnotice: () => undefined });
    try {
      const waiting = () => observer`select pid from pg_stat_activity where wait_event_type = 'Lock'`;
      // Both connect first, since the work waits for a lock for a short time only.
      await Promise.all([waiting(), holder.unsafe(`begin; ${statement}`)]);
      const working = work();
      await expect.poll(async () => (await waiting()).length, back).toBe(1);
      meanwhile();
      const [result] = await Promise.all([working, server.kill()]);
      return result;
    } finally {
      await Promise.all([holder, observer].map((client) => client.end({ timeout: 0 })));
    }
  };
  const isServed = async () => {
    await server.startAgain();
    await expect.poll(async () => (await register()).is, back).toBe('RegisterSuccess');
  };

  test('during createHufu MUST NOT fail the start', async () => {
    hufu = await dieIn('create schema hufu', start);
    expect((await register()).is).toBe(unavailable);
    await isServed();
    await hufu.stop();
  });

  test('before createHufu MUST leave the health check, and registrations once it is back', async () => {
    await server.kill();
    hufu = await start();
    expect(await hufu.ready()).toBe(false);
    expect((await hufu.fetch(new Request('http://localhost/healthz')))?.status).toBe(200);
    expect((await hufu.fetch(new Request('http://localhost/readyz')))?.status).toBe(503);
    expect((await register()).is).toBe(unavailable);
    await isServed();
  });

  test('during a sign-in MUST leave the session live that the sign-in would have superseded', async () => {
    const email = randomEmail();
    const { token } = await register(email);
    const lock = `select id from hufu.users where email = '${email}' for update`;
    expect((await dieIn(lock, () => login(email))).is).toBe(unavailable);
    expect(await me(token)).toBe(unavailable);
    await isServed();
    expect(await me(token)).toBe('User');
    expect((await login(email)).is).toBe('LoginSuccess');
  });

  test("before the hook's statement MUST leave no account", async () => {
    const email = randomEmail();
    let death: Promise<void> = Promise.resolve();
    inHook = () => (death = server.kill());
    expect((await register(email)).is).toBe(unavailable);
    inHook = () => Promise.resolve();
    // The answer does not wait for the hook.
    await death;
    await isServed();
    expect(await hufu.users.find(email)).toBeNull();
  });

  test('under a watch and a subscription MUST end neither, and both MUST report an end from that time', async () => {
    const { token } = await register();
    const contextValue = await contextOf(token);
    const { session } = requireSession(contextValue);
    let ended: string | null = null;
    hufu.watch(session, ({ reason }) => (ended = reason));
    const document = parse('subscription { sessionEnded { reason } }');
    const events = (await subscribe({
      schema: hufu.schema,
      document,
      contextValue,
    })) as AsyncIterableIterator<ExecutionResult>;
    const next = events.next();

    await server.kill();
    expect(await me(token)).toBe(unavailable);
    expect(ended).toBeNull();
    await server.startAgain();
    // No node notifies of this end.
    const client = postgres(server.url, { max: 1 });
    const end = { ended_at: new Date(), end_reason: 'REVOKED' };
    await client`update hufu.sessions set ${client(end)} where id = ${session.id}`;
    await client.end();

    await expect.poll(() => ended, { timeout: 15_000 }).toBe('REVOKED');
    expect((await next).value).toMatchObject({ data: { sessionEnded: { reason: 'REVOKED' } } });
  });

  test('during hufu.stop MUST NOT keep it from finishing', async () => {
    const email = randomEmail();
    await register(email);
    const lock = `select id from hufu.users where email = '${email}' for update`;
    let stopping: Promise<void> = Promise.resolve();
    const stop = () => {
      stopping = hufu.stop();
    };
    expect((await dieIn(lock, () => login(email), stop)).is).toBe(unavailable);
    const diedAtMs = performance.now();
    await stopping;
    expect(performance.now() - diedAtMs).toBeLessThan(back.timeout);
    expect((await register()).is).toBe(unavailable);
  });
});
