// Parallel requests share one query for their session lookups. Each gets the answer that it would get alone.

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, meOperation, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';

describe.runIf(databaseKind === 'postgres')('SESSION-01 parallel requests on two nodes', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const env = { RATE_LIMITS: 'off' };
  const nodes = [await spawnNode({ database, env }), await spawnNode({ database, env })];
  const urlOf = (index: number) => nodes[index % 2]?.url ?? '';
  const others = await Promise.all([0, 1, 2, 3].map((index) => register(urlOf(index))));

  interface Asked {
    readonly token: string;
    readonly begunAt: number;
    readonly reason: string | undefined;
  }

  /** Sends `me` until it is stopped, eight requests at a time on each node, and records when each began. */
  function keepAsking(tokens: readonly string[]) {
    const asked: Asked[] = [];
    let stopped = false;
    const lanes = Array.from({ length: 16 }, async (_, lane) => {
      for (let turn = lane; !stopped; turn += 1) {
        const token = tokens[turn % tokens.length] ?? '';
        const begunAt = performance.now();
        const { errors } = await gql(urlOf(lane), { query: meOperation, token });
        asked.push({ token, begunAt, reason: errors[0]?.extensions.reason });
      }
    });
    return {
      asked,
      /** Resolves when five requests with this token that began after a moment have been answered. */
      async answered(token: string, after: number) {
        while (asked.filter((one) => one.token === token && one.begunAt >= after).length < 5) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      async stop() {
        stopped = true;
        await Promise.all(lanes);
      },
    };
  }

  it.each(['logout', 'a newer login'])(
    'MUST NOT be answered from a lookup that began before %s, when they began after it',
    async (how) => {
      const { user } = await register(urlOf(0));
      for (let round = 0; round < 8; round += 1) {
        const { token } = await login(urlOf(round), user.email);
        const asking = keepAsking([token, ...others.map((other) => other.token)]);
        await asking.answered(token, 0);
        if (how === 'logout') await gql(urlOf(round), { query: logoutOperation, token });
        else await login(urlOf(round), user.email);
        const endedAt = performance.now();
        await asking.answered(token, endedAt);
        await asking.stop();

        const { asked } = asking;
        const own = asked.filter((one) => one.token === token);
        const late = own.filter(({ begunAt }) => begunAt >= endedAt);
        expect(own.some((one) => one.reason === undefined)).toBe(true);
        const reason = how === 'logout' ? 'LOGGED_OUT' : 'SUPERSEDED';
        expect(late.filter((one) => one.reason !== reason)).toEqual([]);
        // The requests of other sessions are not affected.
        expect(asked.filter((one) => one.token !== token && one.reason !== undefined)).toEqual([]);
      }
    },
    60_000,
  );

  it('MUST fail alone where only the row of one cannot be read', async () => {
    const healthy = others.map(({ token }) => token);
    const poisoned = await register(urlOf(0));
    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
    // The constraint forbids such a row, so it is dropped first.
    await sql`alter table hufu.users drop constraint users_anonymous_when_deleted`;
    await sql`update hufu.users set email = null where id = ${poisoned.user.id}`;
    await sql.end();

    for (let round = 0; round < 10; round += 1) {
      const tokens = Array.from({ length: 24 }, (_, index) =>
        index % 6 === 0 ? poisoned.token : (healthy[index % healthy.length] ?? ''),
      );
      const answers = await Promise.all(
        tokens.map((token) => gql(urlOf(round), { query: meOperation, token })),
      );
      const codes = answers.map(({ errors }) => errors[0]?.extensions.code);
      expect(codes).toEqual(
        tokens.map((token) => (token === poisoned.token ? 'INTERNAL_SERVER_ERROR' : undefined)),
      );
    }
  });
});
