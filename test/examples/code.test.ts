// Runs the TypeScript and SQL of examples/ against a node.
// test/client tests `client/apollo.ts` and `client/session.ts`, test/team tests `extending/`.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { generate } from '@graphql-codegen/cli';
import { GraphQLClient } from 'graphql-request';
import ts from 'typescript';
import { createServer } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

import { authenticate } from '../../examples/api/authenticate.js';
import codegen from '../../examples/client/codegen.js';
import { logInWithRetries } from '../../examples/client/idempotentLogin.js';
import { logIn } from '../../examples/client/login.js';
import viteConfig from '../../examples/client/vite.config.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { historyOperation, login, meOperation, password, register } from '../support/operations.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { example, exampleFiles, filesOf } from './files.js';

describe('the code of examples/', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });

  it('EXAMPLES-05 MUST be compiled by `npm run check`', () => {
    const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
      config: { readonly include: readonly string[]; readonly exclude: readonly string[] };
    };
    expect(config.include).toContain('examples');
    // Frameworks bring the types of the DOM, so a configuration of its own compiles the hosts.
    expect(config.exclude.filter((path) => path.startsWith('examples'))).toEqual(['examples/hosts']);
    expect(readFileSync('package.json', 'utf8')).toContain('tsc --project examples/hosts');
  });

  it('EXAMPLES-14 codegen.ts MUST generate the types of operations', async () => {
    const operations = 'examples/client/operations.ts';
    const made = (await generate({ ...codegen, documents: operations, silent: true }, false)) as unknown;
    const files = made as readonly { readonly filename: string; readonly content: string }[];
    const contentOf = (name: string) =>
      files.find(({ filename }) => filename.endsWith(`src/generated/${name}`))?.content ?? '';
    expect(contentOf('graphql.ts')).toContain('LoginMutation');
    expect(contentOf('possibleTypes.ts')).toMatch(/"?Problem"?: \[[^\]]*InvalidCredentials/);
  });

  it('EXAMPLES-06 MUST be of file types that a test runs or checks', () => {
    const tested = ['graphql', 'json', 'sh', 'ts', 'js', 'sql', 'ini', 'conf', 'yaml', 'caddy']
      .flatMap(filesOf)
      .sort();
    // test/client/frontEnd.browser.test.ts runs the front end.
    const frontEnd = 'examples/hosts/vite-react/';
    const others = exampleFiles.filter((file) => !file.startsWith(frontEnd));
    expect(others).toEqual(tested.filter((file) => !file.startsWith(frontEnd)));
    // test/integrations/rls.test.ts runs the first two.
    expect(filesOf('sql')).toEqual([
      'examples/integrations/rls.sql',
      'examples/integrations/rlsIdle.sql',
      'examples/operations/roles.sql',
    ]);
    // test/db/pgbouncer.test.ts runs it.
    expect(filesOf('ini')).toEqual(['examples/operations/pgbouncer.ini']);
    // test/integrations/forwardAuth.test.ts runs the first, test/guarantees/rollingRestart.test.ts the second.
    expect(filesOf('conf')).toEqual(['examples/integrations/nginx.conf', 'examples/operations/nginx.conf']);
    // test/integrations/forwardAuth.test.ts runs it.
    expect(filesOf('caddy')).toEqual(['examples/integrations/forwardAuth.caddy']);
    // test/integrations/forwardAuth.test.ts and test/integrations/subgraph.test.ts check their paths and headers.
    expect(filesOf('yaml')).toEqual([
      'examples/integrations/envoy.yaml',
      'examples/integrations/hasura.yaml',
      'examples/integrations/router.yaml',
      'examples/integrations/routerSubgraph.yaml',
      'examples/integrations/supergraph.yaml',
      'examples/integrations/traefik.yaml',
    ]);
  });

  it('EXAMPLES-07 authenticate MUST give an API the user of a request, or the reason why there is none', async () => {
    const { token, user } = await register(node.url);
    const url = `${node.url}/graphql`;
    expect(await authenticate(url, `Bearer ${token}`)).toEqual({ userId: user.id });
    await login(node.url, user.email);
    expect(await authenticate(url, `Bearer ${token}`)).toEqual({ signedOut: 'SUPERSEDED' });
    expect(await authenticate(url, undefined)).toEqual({ signedOut: 'NO_TOKEN' });
    await expect(authenticate(`${node.url}/nowhere`, undefined)).rejects.toThrow();
  });

  it('EXAMPLES-08 logIn MUST give a token, and throw the message of a refusal', async () => {
    const { user } = await register(node.url);
    const token = await logIn(`${node.url}/graphql`, user.email, password);
    expect((await gql(node.url, { query: meOperation, token })).data?.me?.id).toBe(user.id);
    await expect(logIn(`${node.url}/graphql`, user.email, 'not the password')).rejects.toThrow(/e-mail/);
  });

  it('EXAMPLES-09 logInWithRetries MUST open one session only although the first answer is lost', async () => {
    const { user } = await register(node.url);
    let sent = 0;
    const loseFirst = async (...parameters: Parameters<typeof fetch>) => {
      const response = await fetch(...parameters);
      sent += 1;
      if (sent === 1) throw new TypeError('fetch failed');
      return response;
    };
    const client = new GraphQLClient(`${node.url}/graphql`, { fetch: loseFirst });
    expect((await logInWithRetries(client, user.email, password)).login.__typename).toBe('LoginSuccess');
    expect(sent).toBe(2);
    // The sessions of the registration, of the repeated login and of this login.
    const { token } = await login(node.url, user.email);
    const { data } = await gql(node.url, { query: historyOperation, token });
    expect(data?.me.history.edges.length).toBe(3);
    const refuse = () => Promise.resolve(new Response('{"errors":[{"message":"no"}]}', { status: 400 }));
    const refused = new GraphQLClient(`${node.url}/graphql`, { fetch: refuse });
    await expect(logInWithRetries(refused, user.email, password)).rejects.toThrow('no');
  });

  it("EXAMPLES-11 Vite's proxy MUST pass /graphql on, websockets included", async () => {
    const { server } = viteConfig;
    const vite = await createServer({
      configFile: false,
      root: dirname(node.database.env['DATA_DIR'] ?? ''),
      logLevel: 'silent',
      optimizeDeps: { noDiscovery: true },
      server: {
        host: '127.0.0.1',
        port: await freePort(),
        hmr: false,
        watch: null,
        proxy: { '/graphql': { ...server.proxy['/graphql'], target: node.url } },
      },
    });
    whenFileEnds(() => vite.close());
    await vite.listen();
    const url = vite.resolvedUrls?.local[0] ?? '';
    const { token, user } = await register(url);
    expect((await gql(url, { query: meOperation, token })).data?.me?.id).toBe(user.id);
    const socket = await watch(url, token);
    await login(url, user.email);
    expect(await sessionEndedOn(socket)).toMatchObject({ reason: 'SUPERSEDED' });
  });
});

describe.runIf(databaseKind === 'postgres')('the SQL of examples/', () => {
  it('EXAMPLES-12 roles.sql MUST create a role that migrates, and one that only reads and writes rows', async () => {
    const { url, adminUrl, name } = await freshServerDatabase();
    const roles = { hufu_owner: `${name}_owner`, hufu_app: `${name}_app` };
    const own = Object.entries(roles).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      example('operations/roles.sql'),
    );
    const admin = new URL(adminUrl);
    admin.pathname = new URL(url).pathname;
    await query(admin.href, own);
    whenFileEnds(async () => {
      for (const role of Object.values(roles)) {
        await query(admin.href, `drop owned by ${role} cascade`).catch(() => undefined);
        await query(adminUrl, `drop role if exists ${role}`).catch(() => undefined);
      }
    });
    const as = (role: string) => Object.assign(new URL(url), { username: role, password: '…' }).href;
    const { migrate, close } = openPostgres(as(roles.hufu_owner), 1, createLog('silent', false));
    await migrate().finally(close);

    const app = await startNode({ database: { env: { DATABASE_URL: as(roles.hufu_app) } } });
    expect((await register(app.url)).__typename).toBe('RegisterSuccess');
    await app.stop();
    await expect(query(as(roles.hufu_app), 'create table hufu.more (id int)')).rejects.toThrow(
      /permission denied/,
    );
  });
});
