// A team's own client of postgres.js as the database option: Hufu uses its servers, role and TLS on connections of its own.

import { sql } from 'drizzle-orm';
import { graphql } from 'graphql';
import postgres from 'postgres';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';

import { createHufu, type Hufu, type HufuOptions } from '../../src/index.js';
import { ownServerDatabase, query, type ServerDatabase } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { hufuOptions } from './harness.js';

describe.runIf(databaseKind === 'postgres')('HUFU-34 a client of postgres.js', () => {
  let database: ServerDatabase;
  let ca: string;
  let password: string;

  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    ca = cert;
    database = await ownServerDatabase({ cert, key });
    password = new URL(database.url).password;
    await query(database.url, 'create schema shop');
    await query(database.url, 'create table shop.profiles (email text, tenant text)');
    // From here on the database's role needs TLS and its password.
    const [row] = await query(database.adminUrl, "select current_setting('hba_file') as file");
    const rules = "values ('host all postgres samehost trust'), ('hostssl all all samehost scram-sha-256')";
    await query(database.adminUrl, `copy (${rules}) to '${String(row?.['file'])}'`);
    await query(database.adminUrl, 'select pg_reload_conf()');
  });

  const clientOf = (own: postgres.Options<Record<string, never>>) => {
    const { port, pathname, username } = new URL(database.url);
    const client = postgres({
      host: 'localhost',
      port: Number(port),
      database: pathname.slice(1),
      user: username,
      max: 1,
      onnotice: () => undefined,
      ...own,
    });
    whenFileEnds(() => client.end({ timeout: 1 }));
    return client;
  };
  const start = async (
    given: NonNullable<HufuOptions['database']>,
    more: HufuOptions = {},
  ): Promise<Hufu> => {
    const hufu = await createHufu({ ...hufuOptions({ env: {} }, more), database: given });
    whenFileEnds(() => hufu.stop());
    return hufu;
  };

  it('MUST lead Hufu to its database, and itself stay unused and work after Hufu has stopped', async () => {
    let used = 0;
    let asked = 0;
    const client = clientOf({
      ssl: { ca },
      pass: () => {
        asked += 1;
        return Promise.resolve(password);
      },
      // Hufu overrides the settings that it relies on, and applies the others to its connections.
      connection: {
        application_name: 'shop',
        search_path: 'shop',
        DateStyle: 'SQL, DMY',
        default_transaction_read_only: true,
        'app.tenant': 'one',
      },
      transform: postgres.camel,
      prepare: false,
      debug: () => (used += 1),
    });
    const on: HufuOptions['on'] = {
      registered: async (tx, { email }) => {
        await tx.execute(sql`insert into shop.profiles values (${email}, current_setting('app.tenant'))`);
      },
    };
    const hufu = await start(client, { on });
    const source = `mutation { register(input: { email: "ann@example.com", password: "correct horse battery staple" }) {
      __typename } }`;
    const contextValue = await hufu.context({ headers: new Headers() });
    const { data } = await graphql({ schema: hufu.schema, source, contextValue });
    expect(data).toEqual({ register: { __typename: 'RegisterSuccess' } });
    expect(used).toBe(0);
    expect(asked).toBeGreaterThan(1);

    const both =
      await client`select email, tenant, (select email as "ownEmail" from hufu.users) from profiles`;
    expect(both).toMatchObject([{ email: 'ann@example.com', tenant: 'one', ownEmail: 'ann@example.com' }]);
    const names = `select application_name as name, bool_and(ssl) as tls from pg_stat_activity join pg_stat_ssl using (pid)
      where datname = '${database.name}' group by 1 order by 1`;
    expect(await query(database.adminUrl, names)).toEqual([
      { name: 'shop', tls: true },
      { name: 'shop listener', tls: true },
    ]);

    await hufu.stop();
    const [open] =
      await client`select count(*)::int as mine from pg_stat_activity where usename = current_user`;
    expect(open).toEqual({ mine: 1 });
  });

  it('whose function gives no password MUST count as an outage until it gives one', async () => {
    let asked = 0;
    let give: () => string | Promise<string> = () => new Promise(() => undefined);
    const client = clientOf({
      ssl: 'require',
      pass: () => {
        asked += 1;
        return give();
      },
    });
    const hufu = await start({ client, poolSize: 2 });
    for (const giveNone of [() => 5 as never, () => Promise.reject(new Error('no password today'))]) {
      give = giveNone;
      const before = asked;
      await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before);
      expect(await hufu.ready()).toBe(false);
    }
    give = () => password;
    await expect.poll(() => hufu.ready(), { timeout: 10_000 }).toBe(true);
  });

  it("with a wrong password, or without the server's certificate, MUST be refused with an error that hides its password", async () => {
    const wrong = start(clientOf({ ssl: { ca }, pass: 'not-the-password' }));
    await expect(wrong).rejects.toThrow(
      /^database\.client: PostgreSQL at localhost:\d+\/\w+ refuses \(SQLSTATE 28P01\): /,
    );
    await expect(wrong).rejects.not.toThrow('not-the-password');
    await expect(start(clientOf({ ssl: true, pass: password }))).rejects.toThrow(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
  });
});
