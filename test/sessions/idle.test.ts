// Many sessions that become idle at the same moment, over a database with 3 ms of latency.

import postgres from 'postgres';
import { beforeEach, describe, expect, it } from 'vitest';

import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { createIdleEnds } from '../../src/sessions/idle.js';
import { createTestClock } from '../support/clock.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { rowsOf } from '../support/rows.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startWire } from '../support/wire.js';
import { servicesOver } from './harness.js';

const many = 1_000;
const idleSeconds = 3_600;

describe.runIf(databaseKind === 'postgres')(
  'IDLE-02 a thousand sessions that become idle at the same moment',
  async () => {
    const test = await readyDatabase();
    const wire = await startWire(test.env['DATABASE_URL'] ?? '');
    const database = openPostgres(wire.url, 3, createLog('silent', false));
    await database.migrate();
    whenFileEnds(() => database.close());
    const clock = createTestClock();
    const services = servicesOver(database, { idleSeconds, limit: 0 }, clock);

    beforeEach(async () => {
      await rowsOf(
        test,
        `delete from hufu.sessions;
       delete from hufu.users;
       insert into hufu.users (id, email, email_key, password_hash, created_at)
         select gen_random_uuid(), n || '@example.com', n || '@example.com', 'none', now()
         from generate_series(1, ${String(many)}) n;
       insert into hufu.sessions
         (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at)
         select gen_random_uuid(), id, 'only', 'WEB', '{PASSWORD}', seen, seen, seen, seen + interval '1 day'
         from hufu.users, (select '${clock.now().toISOString()}'::timestamptz as seen);`,
      );
    });

    /** Moves the clock to the moment at which the sessions become idle. */
    const becomeDue = async () => {
      clock.turn(idleSeconds * 1_000 - 1_000);
      const idleEnds = createIdleEnds(services);
      await idleEnds.look();
      clock.turn(1_000);
      return idleEnds;
    };

    const liveEmails = async () => {
      const live = `select email from hufu.sessions join hufu.users on users.id = user_id where ended_at is null order by 1`;
      return (await rowsOf(test, live)).map(({ email }) => email);
    };

    it('MUST all end as IDLE in at most ten transactions, each at its time', async () => {
      const idleEnds = await becomeDue();
      wire.delay(3);
      wire.clear();
      await idleEnds.endDue();
      const statements = wire.flights().flatMap((flight) => flight.statements);
      wire.delay(0);

      const ends = `select end_reason, ended_at = last_seen_at + interval '1 hour' as at, count(*)::int as count
      from hufu.sessions group by 1, 2`;
      expect(await rowsOf(test, ends)).toEqual([{ end_reason: 'IDLE', at: true, count: many }]);
      expect(statements.filter((one) => one.startsWith('begin')).length).toBeLessThanOrEqual(many / 100);
    });

    it('MUST end although one account is locked, which ends by the next sweep, unless they were used meanwhile', async () => {
      // Keeps one batch of sessions.
      await rowsOf(
        test,
        `delete from hufu.sessions using hufu.users where users.id = user_id and email > '3'`,
      );
      const idleEnds = await becomeDue();
      const sql = postgres(test.env['DATABASE_URL'] ?? '', { max: 1 });
      await sql.begin(async (holder) => {
        await holder`select from hufu.users where email = '1@example.com' for no key update`;
        const atLock = wire.hold('for no key update');
        const swept = idleEnds.endDue();
        const release = await atLock;
        // The sweep has already read this session as unused.
        const use = `update hufu.sessions set last_seen_at = last_seen_at + interval '1 s'
        from hufu.users where users.id = user_id and email = '2@example.com'`;
        await rowsOf(test, use);
        release();
        await swept;
        expect(await liveEmails()).toEqual(['1@example.com', '2@example.com']);
      });
      await sql.end();
      await idleEnds.endDue();
      expect(await liveEmails()).toEqual(['2@example.com']);
    });
  },
);
