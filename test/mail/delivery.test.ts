// The outbox delays no response and loses no mail: a dead, silent or refusing SMTP server, a killed node, several nodes with
// one outbox.

import { once } from 'node:events';
import { createServer } from 'node:net';

import { describe, expect, it } from 'vitest';

import { linkIn, run } from '../support/account.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { spawnNode } from '../support/spawnNode.js';
import { startNode } from '../support/startNode.js';

const settings = (url: string) => ({ SMTP_URL: url, RATE_LIMITS: 'off' });

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe.concurrent('MAIL-01 a mail in the outbox', () => {
  it(
    'MUST be sent when the server is back, and MUST NOT delay responses until then',
    { timeout: 60_000 },
    async () => {
      const port = await freePort();
      const { url } = await startNode({ env: settings(`smtp://127.0.0.1:${String(port)}`) });
      const { user } = await register(url);
      const spent = await millisecondsOf(() => run(url, 'requestPasswordReset', { email: user.email }));
      expect(spent).toBeLessThan(1_000);

      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const smtp = await startSmtp({}, port);
      const link = linkIn(await smtp.next(user.email));
      const result = await run(url, 'resetPassword', {
        token: link.token,
        newPassword: 'a lantern over the river',
      });
      expect(result.__typename).toBe('ResetPasswordSuccess');
    },
  );

  it(
    'MUST NOT delay a stop while the server is silent, and MUST be sent by the next node',
    { timeout: 60_000 },
    async () => {
      const silent = createServer(() => undefined);
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      whenFileEnds(async () => {
        silent.close();
        await Promise.resolve();
      });
      const address = silent.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const node = await startNode({ env: settings(`smtp://127.0.0.1:${String(port)}`) });
      const { user } = await register(node.url);
      for (let count = 0; count < 10; count += 1) {
        const spent = await millisecondsOf(() =>
          run(node.url, 'requestPasswordReset', { email: user.email }),
        );
        expect(spent).toBeLessThan(1_000);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await millisecondsOf(() => node.stop())).toBeLessThan(5_000);
      // The next node finds the mail unlocked.
      const [mails] = await rowsOf(
        node.database,
        'select count(*)::int as unsent, count(*) filter (where due_at > now())::int as claimed from hufu.mails',
      );
      expect(mails).toMatchObject({ claimed: 0 });
      expect(mails?.['unsent']).toBeGreaterThan(0);
    },
  );

  it('MUST survive kill -9 of the node', { timeout: 90_000 }, async () => {
    const port = await freePort();
    const env = settings(`smtp://127.0.0.1:${String(port)}`);
    const node = await spawnNode({ env });
    const people = await Promise.all(Array.from({ length: 5 }, () => register(node.url)));
    await Promise.all(people.map(({ user }) => run(node.url, 'requestPasswordReset', { email: user.email })));
    await node.kill();

    const smtp = await startSmtp({}, port);
    const again = await spawnNode({ database: node.database, env });
    for (const { user } of people) {
      const { token } = linkIn(await smtp.next(user.email));
      const result = await run(again.url, 'resetPassword', {
        token,
        newPassword: 'a lantern over the river',
      });
      expect(result.__typename).toBe('ResetPasswordSuccess');
    }
  });

  it('MUST be sent after the clock is set back by an hour', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const env = settings(`smtp://127.0.0.1:${String(port)}`);
    const ahead = { now: () => new Date(Date.now() + 3_600_000) };
    const node = await startNode({ env, clock: ahead });
    const { user } = await register(node.url);
    await run(node.url, 'requestPasswordReset', { email: user.email });
    await node.stop();

    const smtp = await startSmtp({}, port);
    const { url } = await startNode({ database: node.database, env, clock: { now: () => new Date() } });
    const { token } = linkIn(await smtp.next(user.email));
    const newPassword = 'a lantern over the river';
    expect((await run(url, 'resetPassword', { token, newPassword })).__typename).toBe('ResetPasswordSuccess');
  });

  it(
    'MUST be retried after a temporary refusal, and dropped after a permanent one',
    { timeout: 60_000 },
    async () => {
      const attempts = { later: 0, never: 0 };
      const smtp = await startSmtp({
        onRcptTo({ address }, _session, done) {
          const who = address.startsWith('later') ? 'later' : 'never';
          attempts[who] += 1;
          if (who === 'later' && attempts.later === 2) done();
          else
            done(Object.assign(new Error(`not ${address}`), { responseCode: who === 'later' ? 451 : 550 }));
        },
      });
      const node = await startNode({ env: settings(smtp.url) });
      const later = await register(node.url, { email: 'later@example.com' });
      await run(node.url, 'requestEmailVerification', null, later.token);
      const never = await register(node.url, { email: 'never@example.com' });
      await run(node.url, 'requestEmailVerification', null, never.token);
      await smtp.next('later@example.com');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(attempts).toEqual({ later: 2, never: 1 });
      await node.stop();
      expect(await rowsOf(node.database, 'select id from hufu.mails')).toEqual([]);
    },
  );
});

describe.concurrent('MAIL-02 the outbox', () => {
  it('MUST contain no token', async () => {
    const dead = await freePort();
    const node = await startNode({ env: settings(`smtp://127.0.0.1:${String(dead)}`) });
    const { token, user } = await register(node.url);
    await run(node.url, 'requestEmailVerification', null, token);
    await run(node.url, 'requestPasswordReset', { email: user.email });
    // The worker records the link of a reset when it makes the mail, within a second.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await node.stop();
    const rows = [
      ...(await rowsOf(node.database, 'select * from hufu.mails')),
      ...(await rowsOf(node.database, 'select * from hufu.links')),
    ];
    expect(rows).toHaveLength(4);
    expect(JSON.stringify(rows)).not.toMatch(/eyJ|token=/);
  });

  it.runIf(databaseKind === 'postgres')(
    'MUST be emptied by several nodes, each mail once',
    { timeout: 60_000 },
    async () => {
      const port = await freePort();
      const database = await readyDatabase();
      const env = settings(`smtp://127.0.0.1:${String(port)}`);
      const nodes = [await startNode({ database, env }), await startNode({ database, env })];
      const urlOf = (index: number) => nodes[index % 2]?.url ?? '';
      const people = await Promise.all(Array.from({ length: 40 }, (_, index) => register(urlOf(index))));
      const smtp = await startSmtp({}, port);
      await Promise.all(
        people.map(({ token }, index) => run(urlOf(index), 'requestEmailVerification', null, token)),
      );
      for (const { user } of people) await smtp.next(user.email);
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      expect(smtp.mails).toHaveLength(40);
      expect(await rowsOf(database, 'select id from hufu.mails')).toEqual([]);
    },
  );
});
