// The limit of one session over two nodes that share only one PostgreSQL.

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, meOperation, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

describe.runIf(databaseKind === 'postgres')('SESSION-02 50 parallel logins over two nodes', async () => {
  if (databaseKind !== 'postgres') return;
  const database = await readyDatabase();
  const nodes = await Promise.all([startNode({ database }), startNode({ database })]);
  const urlOf = (index: number) => nodes[index % 2]?.url ?? '';

  it('MUST leave one live session, and 50 that are refused as SUPERSEDED on both nodes', async () => {
    const { user, token: oldest } = await register(urlOf(0));
    const logins = await Promise.all(
      Array.from({ length: 50 }, (_, index) => login(urlOf(index), user.email)),
    );

    const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1 });
    const rows = await sql`select end_reason, count(*)::int as count from hufu.sessions
      where user_id = ${user.id} group by end_reason order by end_reason`;
    await sql.end();
    expect([...rows]).toEqual([
      { end_reason: 'SUPERSEDED', count: 50 },
      { end_reason: null, count: 1 },
    ]);

    // Checks each token at the node that did not issue it.
    const answers = await Promise.all(
      logins.map(({ token }, index) => gql(urlOf(index + 1), { query: meOperation, token })),
    );
    const reasons = answers.map(({ errors }) => errors[0]?.extensions.reason ?? 'live');
    expect(reasons.filter((reason) => reason === 'live')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'SUPERSEDED')).toHaveLength(49);
    const { errors } = await gql(urlOf(1), { query: meOperation, token: oldest });
    expect(errors[0]?.extensions.reason).toBe('SUPERSEDED');
  });

  it('SESSION-01 a session that one node has ended MUST be refused by the other from the next request', async () => {
    const first = await register(urlOf(0));
    for (let round = 0; round < 20; round += 1) {
      const { token } = await login(urlOf(round), first.user.email);
      expect((await gql(urlOf(round + 1), { query: meOperation, token })).errors).toEqual([]);
      await login(urlOf(round), first.user.email);
      const { errors } = await gql(urlOf(round + 1), { query: meOperation, token });
      expect(errors[0]?.extensions.reason).toBe('SUPERSEDED');
    }
  });
});
