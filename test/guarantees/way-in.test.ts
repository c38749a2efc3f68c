// Guarantee 12: a constraint of the database keeps at least one way to sign in for every account.

import { randomUUID } from 'node:crypto';

import postgres from 'postgres';
import { expect, it } from 'vitest';

import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

it('GUARANTEE-12 an account MUST keep at least one way to sign in, and a deleted account has none', async () => {
  const { database } = await startNode();
  const sql = postgres(database.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
  whenFileEnds(() => sql.end());
  const id = randomUUID();
  const set = (columns: string) => sql.unsafe(`update hufu.users set ${columns} where id = '${id}'`);
  const refused = { code: '23514', constraint_name: 'users_way_in' };

  const account = (columns: string, values: string) =>
    sql.unsafe(`insert into hufu.users (id, email, email_key, created_at${columns})
      values ('${id}', 'ann@example.com', 'ann@example.com', now()${values})`);
  await expect(account('', '')).rejects.toMatchObject(refused);
  await account(', password_hash', `, 'none'`);

  await expect(set('password_hash = null')).rejects.toMatchObject(refused);
  for (const way of ['passkeys = 1', 'identities = 1', 'signs_in_by_email = true']) {
    const gone = way.replace('1', '0').replace('true', 'false');
    await set(`${way}, password_hash = null`);
    await expect(set(gone)).rejects.toMatchObject(refused);
    await set(`${gone}, password_hash = 'none'`);
  }
  await expect(set('passkeys = -1')).rejects.toMatchObject({ constraint_name: 'users_ways_in_counted' });

  const deleted = 'email = null, email_key = null, deleted_at = now()';
  await expect(set(deleted)).rejects.toMatchObject(refused);
  await set(`${deleted}, password_hash = null`);
});
