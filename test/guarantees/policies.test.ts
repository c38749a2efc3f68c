// Every policy under 32 parallel logins over two nodes, as two processes that share one PostgreSQL: exactly the allowed number of
// sessions is live in the table.

import { randomUUID } from 'node:crypto';

import { beforeAll, describe, expect, it } from 'vitest';

import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import {
  login,
  loginOperation,
  password,
  reasonOf,
  register,
  type SignedInFields,
} from '../support/operations.js';
import { type OtherProcess, startOtherProcess } from '../support/otherProcess.js';
import { rowsOf } from '../support/rows.js';
import { startNode } from '../support/startNode.js';

const limits = [1, 3, 0] as const;
const scopes = ['user', 'device'] as const;
const overflows = ['supersede', 'refuse', 'ask'] as const;
const matrix = limits.flatMap((limit) =>
  scopes.flatMap((scope) => overflows.map((overflow) => ({ limit, scope, overflow }))),
);

const kinds = ['MOBILE', 'DESKTOP'] as const;
const attempts = 32;

type Policy = (typeof matrix)[number];

/** Returns how many sessions a policy allows after 32 logins on two kinds of device and one registration. */
function allowed({ limit, scope }: Policy): number {
  if (limit === 0) return attempts + 1;
  return scope === 'user' ? limit : limit * kinds.length;
}

describe.runIf(databaseKind === 'postgres')('POLICY-05 32 parallel logins over two nodes', () => {
  let other: OtherProcess;
  beforeAll(() => {
    other = startOtherProcess();
  });

  it.each(matrix)(
    'MUST leave exactly the allowed number of live sessions: limit $limit for each $scope, $overflow',
    { timeout: 60_000 },
    async (policy) => {
      const database = await readyDatabase();
      const env = {
        SESSION_LIMIT: String(policy.limit),
        SESSION_SCOPE: policy.scope,
        SESSION_OVERFLOW: policy.overflow,
      };
      // Two processes: this one, and the other.
      const nodes = await Promise.all([startNode({ database, env }), other.startNode({ database, env })]);
      const urlOf = (index: number) => nodes[index % 2]?.url ?? '';
      // Its session counts with those of its kind of device.
      const first = await register(urlOf(0), { device: { kind: 'MOBILE' } });

      // Half of the logins of each kind go to each node, and half of those ask for a takeover.
      let askedAgain = 0;
      const logIn = async (index: number): Promise<SignedInFields> => {
        const device = { kind: kinds[(index >> 1) % 2] };
        const takeover = index >= attempts / 2;
        const input = { email: first.user.email, password, device, takeover, idempotencyKey: randomUUID() };
        for (let tries = 0; tries < 20; tries += 1) {
          const { data, errors } = await gql(urlOf(index), { query: loginOperation, variables: { input } });
          if (data !== null) return data.login;
          // On a busy machine a login may time out in the queue of the hasher.
          if (errors[0]?.extensions.code !== 'SERVICE_UNAVAILABLE') throw new Error(JSON.stringify(errors));
          askedAgain += 1;
        }
        throw new Error('no answer');
      };
      const results = await Promise.all(Array.from({ length: attempts }, (_, index) => logIn(index)));
      const opened = results.filter(({ __typename }) => __typename === 'LoginSuccess');
      const full = results.filter(({ __typename }) => __typename === 'SessionLimitReached');
      expect(opened.length + full.length).toBe(attempts);

      const rows = await rowsOf(
        database,
        'select id, slot, ended_at, end_reason, superseded_by from hufu.sessions',
      );
      const live = rows.filter((row) => row['ended_at'] === null);
      expect(live).toHaveLength(allowed(policy));
      expect(new Set(live.map((row) => row['slot'])).size).toBe(live.length);
      // A retried login may have opened a session before, whose answer was lost.
      expect(rows.length).toBeGreaterThanOrEqual(opened.length + 1);
      expect(rows.length).toBeLessThanOrEqual(opened.length + 1 + askedAgain);
      expect(new Set(opened.map(({ session }) => session.id)).size).toBe(opened.length);
      for (const row of rows.filter((one) => one['ended_at'] !== null)) {
        expect(row['end_reason']).toBe('SUPERSEDED');
        expect(rows.map(({ id }) => id)).toContain(row['superseded_by']);
      }
      if (policy.overflow === 'supersede' || policy.limit === 0) expect(full).toEqual([]);
      if (policy.overflow === 'refuse') expect(rows).toHaveLength(live.length);
      if (policy.overflow === 'ask') expect(opened.length).toBeGreaterThanOrEqual(attempts / 2);

      // The node that did not issue a token agrees with the table.
      const ids = new Set(live.map(({ id }) => id));
      for (const [index, { __typename, session, token }] of results.entries()) {
        if (__typename !== 'LoginSuccess') continue;
        expect(await reasonOf(urlOf(index + 1), token)).toBe(ids.has(session.id) ? 'live' : 'SUPERSEDED');
      }
      await Promise.all(nodes.map((node) => node.stop()));
    },
  );
});

describe.runIf(databaseKind === 'postgres')('POLICY-06 nodes with different policies on one database', () => {
  it('MUST keep the live sessions within the larger limit, and within the limit of its node after each login', async () => {
    const database = await readyDatabase();
    const [one, two] = await Promise.all(
      ['1', '2'].map((limit) => startNode({ database, env: { SESSION_LIMIT: limit } })),
    );
    const { user } = await register(two?.url ?? '');
    const liveIds = async () => {
      const rows = await rowsOf(database, 'select id from hufu.sessions where ended_at is null');
      return rows.map(({ id }) => id);
    };
    const done = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      while (!done.signal.aborted) seen.push((await liveIds()).length);
    })();
    const logins = await Promise.all(
      Array.from({ length: 16 }, (_, index) => login((index % 2 === 0 ? one : two)?.url ?? '', user.email)),
    );
    done.abort();
    await watching;
    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(1);

    // Both nodes agree on every token.
    const live = await liveIds();
    for (const { session, token } of logins) {
      for (const node of [one, two]) {
        expect(await reasonOf(node?.url ?? '', token)).toBe(
          live.includes(session.id) ? 'live' : 'SUPERSEDED',
        );
      }
    }

    const first = await login(one?.url ?? '', user.email);
    expect(await liveIds()).toEqual([first.session.id]);
    const second = await login(two?.url ?? '', user.email);
    expect((await liveIds()).sort()).toEqual([first.session.id, second.session.id].sort());
    const third = await login(one?.url ?? '', user.email);
    expect(await liveIds()).toEqual([third.session.id]);
    await Promise.all([one?.stop(), two?.stop()]);
  });
});
