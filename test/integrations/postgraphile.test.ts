// PostGraphile 5 by docs/integrations/postgraphile.md, over hufu/remote and over the package. It needs Node 22 and brings
// 300 MB of packages, so it runs only where POSTGRAPHILE names a folder that has them:
//
//   npm run build:package && npm pack --pack-destination FOLDER
//   cd FOLDER && npm init -y && npm i node@22 postgraphile@5 ./hufu-*.tgz

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it, vi } from 'vitest';

import { example } from '../examples/files.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { testSecret } from '../support/settings.js';
import { connect, subscribe } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const folder = process.env['POSTGRAPHILE'] ?? '';

/** Adds a subscription, which the tables of the example do not give. */
const ticks = `
import { constant, lambda } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';
async function* count() {
  for (let ticks = 0; ; ticks += 1) {
    yield ticks;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
export const ticks = extendSchema({
  typeDefs: gql\`extend type Subscription { ticks: Int }\`,
  objects: {
    Subscription: {
      plans: { ticks: { subscribePlan: () => lambda(constant(0), async () => count()), plan: ($tick) => $tick } },
    },
  },
});`;

const server = example('integrations/postgraphile.ts').replace(
  'plugins: [',
  "plugins: [(await import('./ticks.mjs')).ticks, ",
);
const servers = {
  remote: server,
  package: server
    .replace(
      "createRemoteHufu, type HostContext, type HostSocketContext, requireUser } from 'hufu/remote'",
      "createHufu, type HostContext, type HostSocketContext, requireUser } from 'hufu'",
    )
    .replace(/createRemoteHufu\(.*\)/, 'await createHufu(JSON.parse(process.env.HUFU_OPTIONS))'),
};

describe.runIf(folder !== '' && databaseKind === 'postgres')('PostGraphile', () => {
  let node: RunningNode;
  let admin = '';
  const urls = { remote: '', package: '' };

  beforeAll(async () => {
    const { url, adminUrl, name } = await freshServerDatabase();
    node = await startNode({
      database: { env: { DATABASE_URL: url } },
      env: { INTEGRATIONS: 'introspect,feed' },
    });
    admin = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
    const role = `${name}_rls`;
    const setUp = example('integrations/rls.sql');
    await query(admin, setUp.replaceAll(/\bapp\b/g, role).replace("'…'", `'${role}'`));
    whenFileEnds(async () => {
      await query(admin, `drop owned by ${role} cascade`);
      await query(adminUrl, `drop role ${role}`);
    });
    const env = {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: Object.assign(new URL(url), { username: role, password: role }).href,
      HUFU_URL: node.url,
      HUFU_SERVICE_KEY: await serviceKey(node, 'notes', ['introspect', 'explain', 'feed']),
      HUFU_OPTIONS: JSON.stringify({
        environment: 'test',
        database: { url },
        tokens: { secret: testSecret },
        rateLimits: null,
      }),
    };
    writeFileSync(join(folder, 'ticks.mjs'), ticks);
    for (const way of ['remote', 'package'] as const) {
      writeFileSync(
        join(folder, `${way}.ts`),
        `${servers[way]}\nconsole.log('port', server.address().port);`,
      );
      const child = spawn('node_modules/.bin/node', [`${way}.ts`], { cwd: folder, env });
      const gone = once(child, 'exit');
      whenFileEnds(async () => {
        child.kill('SIGKILL');
        await gone;
      });
      let output = '';
      const gather = (chunk: Buffer) => (output += chunk.toString());
      child.stdout.on('data', gather);
      child.stderr.on('data', gather);
      const port = () => /^port (\d+)$/m.exec(output)?.[1];
      await vi.waitUntil(() => port() !== undefined || child.exitCode !== null, { timeout: 60_000 });
      if (port() === undefined) throw new Error(output);
      urls[way] = `http://127.0.0.1:${port() ?? ''}`;
    }
  }, 130_000);

  it.each(['remote', 'package'] as const)(
    'POSTGRAPHILE-01 over the %s MUST show users their own rows, close a websocket with its session, and then refuse with the reason',
    async (way) => {
      const url = urls[way];
      const [ann, bob] = await Promise.all([register(node.url), register(node.url)]);
      await query(
        admin,
        `insert into notes (owner_id, body) values ('${ann.user.id}', 'of ann'), ('${bob.user.id}', 'of bob')`,
      );
      const notes = { query: '{ allNotes { nodes { body } } }' };
      const shown = (...bodies: string[]) => ({ allNotes: { nodes: bodies.map((body) => ({ body })) } });
      expect((await gql(url, { ...notes, token: ann.token })).data).toEqual(shown('of ann'));
      expect((await gql(url, { ...notes, token: bob.token })).data).toEqual(shown('of bob'));
      expect((await gql(url, notes)).data).toEqual(shown());
      const write = {
        query: `mutation { createNote(input: { note: { ownerId: "${ann.user.id}", body: "new" } }) { note { body } } }`,
        token: ann.token,
      };
      expect((await gql(url, write)).data).toEqual({ createNote: { note: { body: 'new' } } });

      const socket = await connect(url, ann.token);
      for (const id of ['a', 'b']) subscribe(socket, id, 'subscription { ticks }');
      await socket.message('next');
      await login(node.url, ann.user.email);

      expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
      for (const request of [{ ...notes, token: ann.token }, write]) {
        const { data, errors } = await gql(url, request);
        expect(data ?? null).toBeNull();
        expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SUPERSEDED' });
      }
      const again = await connect(url, ann.token);
      subscribe(again, 'a', 'subscription { ticks }');
      expect(await again.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
      expect((await gql(url, { ...notes, token: bob.token })).data).toEqual(shown('of bob'));
    },
  );
});
