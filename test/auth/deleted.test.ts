// What is left of a deleted account: rows that tell why its tokens are refused, and nothing of whose it was.

import { expect, it } from 'vitest';

import { run } from '../support/account.js';
import { readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { login, meOperation, newAddress, password, register } from '../support/operations.js';
import { type Row, rowsOf } from '../support/rows.js';
import { startNode } from '../support/startNode.js';

const tables = ['users', 'sessions', 'links', 'mails', 'rate_limits', 'security_events', 'known_networks'];

it('ACCOUNT-19 a deleted account MUST leave nobody to be told by its rows', async () => {
  const database = await readyDatabase();
  // Mails are owed, since nobody takes them.
  const smtp = `smtp://127.0.0.1:${String(await freePort())}`;
  const node = await startNode({ database, env: { SMTP_URL: smtp } });
  const { url } = node;
  const other = await register(url);

  const email = newAddress();
  const newEmail = newAddress();
  const { token: first, user } = await register(url, { email, device: { kind: 'TV', name: 'Den of Ada' } });
  const { token } = await login(url, email, { kind: 'MOBILE', name: 'Phone of Ada' });
  await run(url, 'requestEmailChange', { newEmail, password }, token);
  await run(url, 'requestPasswordReset', { email });
  await run(url, 'deleteAccount', { password }, token);
  const reason = async (presented: string) =>
    (await gql(url, { query: meOperation, token: presented })).errors[0]?.extensions.reason;
  expect([await reason(first), await reason(token)]).toEqual(['SUPERSEDED', 'ACCOUNT_DELETED']);
  await node.stop();

  // One look: an embedded database takes its time to open.
  const all = tables.map((table) => `(select coalesce(jsonb_agg(t), '[]') from hufu.${table} t) as ${table}`);
  const [found] = (await rowsOf(database, `select ${all.join(', ')}`)) as [Record<string, Row[]>];
  const text = JSON.stringify(found);
  for (const trace of [email, newEmail, 'of Ada']) expect(text).not.toContain(trace);
  expect(found['mails']).toEqual([]);

  expect(found['users']?.find(({ id }) => id === user.id)).toMatchObject({
    email: null,
    email_key: null,
    password_hash: null,
    email_verified_at: null,
  });
  const tombstones = found['sessions']?.filter((row) => row['user_id'] === user.id) ?? [];
  expect(tombstones).toHaveLength(2);
  for (const row of tombstones) {
    expect(row).toMatchObject({ ip: null, user_agent: null, device_name: null, request_id: null });
  }
  // The others' rows are as they were.
  expect(text).toContain(other.user.email);
});
