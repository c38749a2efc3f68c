// A PostgreSQL server with TLS, as most providers offer it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';

import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { meOperation, register } from '../support/operations.js';
import { type Env } from '../support/settings.js';
import { spawnNode } from '../support/spawnNode.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { startProxy, type Proxy } from './proxy.js';
import { freshServerDatabase, ownServerDatabase } from './serverDatabase.js';

const healMs = 10_000;

/** Faults of connections that are in use or about to be made. */
const faults: readonly (readonly [string, (proxy: Proxy) => void])[] = [
  [
    'cut',
    (proxy) => {
      proxy.cut();
    },
  ],
  [
    'refused',
    (proxy) => {
      proxy.refuse();
    },
  ],
  [
    'silent',
    (proxy) => {
      proxy.silence();
    },
  ],
  [
    'silent for good',
    (proxy) => {
      proxy.silence();
      proxy.strand();
    },
  ],
];

describe.runIf(databaseKind === 'postgres')('FAULT-03 a node with TLS to its database', () => {
  it('MUST survive faults of connections, and stop with exit code 0', { timeout: 120_000 }, async () => {
    const server = await tlsServer();
    const proxy = await startProxy(server.url);
    const node = await spawnNode({ database: databaseAt(proxy.url, 'require') });
    const { token } = await register(node.url);
    const me = () => gql(node.url, { query: meOperation, token });

    for (const [name, begin] of faults) {
      begin(proxy);
      const during = Array.from({ length: 4 }, me);
      await pause(3_000);
      await proxy.pass();
      for (const { errors } of await Promise.all(during))
        for (const { extensions } of errors)
          expect(extensions, name).toEqual({ code: 'SERVICE_UNAVAILABLE' });
      await expect.poll(async () => (await me()).errors, { timeout: healMs, message: name }).toEqual([]);
    }
    expect(await node.stop()).toBe(0);
    // JSON lines alone: the error that ends a process would be plain text.
    expect(node.output()).toMatch(/^(?:\{.*\}\n)+$/);
  });

  it('MUST accept a certificate of the authority that the operator names', { timeout: 60_000 }, async () => {
    const server = await tlsServer();
    const authority = fileOf(server.cert);
    const node = await spawnNode({
      database: databaseAt(server.url, 'verify-full', authority),
    });
    expect((await register(node.url)).__typename).toBe('RegisterSuccess');
    expect(await node.stop()).toBe(0);
  });

  it(
    'MUST refuse a self-signed certificate and one of another host, and name the reason',
    { timeout: 60_000 },
    async () => {
      const stranger = await tlsServer('elsewhere.example');
      const trusting = { NODE_EXTRA_CA_CERTS: fileOf(stranger.cert) };
      expect(await refusal(stranger.url, 'verify-full')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(await refusal(stranger.url, 'verify-full', trusting)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      const node = await spawnNode({ database: databaseAt(stranger.url, 'verify-ca'), env: trusting });
      expect(await node.stop()).toBe(0);
    },
  );

  it('MUST connect to a server without TLS only with sslmode=prefer', { timeout: 60_000 }, async () => {
    const { url } = await freshServerDatabase();
    expect(await refusal(url, 'require')).toBe('ERR_TLS_REFUSED');
    const node = await spawnNode({ database: databaseAt(url, 'prefer') });
    expect((await register(node.url)).__typename).toBe('RegisterSuccess');
    expect(await node.stop()).toBe(0);
  });
});

/** Starts a node that must not start, and returns the error code in its only line. */
async function refusal(url: string, mode: string, env: Env = {}): Promise<string | undefined> {
  const output = await spawnNode({ database: databaseAt(url, mode), env }).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  return /\nDATABASE_URL: PostgreSQL at \S+ refuses \((\w+)\): [^\n]*\n$/.exec(output)?.[1];
}

async function tlsServer(name = 'localhost') {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  return { ...(await ownServerDatabase({ cert, key })), cert };
}

function fileOf(text: string): string {
  const path = join(temporaryFolder(), 'authority.pem');
  writeFileSync(path, text);
  return path;
}

function databaseAt(target: string, mode: string, authority?: string) {
  const url = new URL(target);
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', mode);
  if (authority !== undefined) url.searchParams.set('sslrootcert', authority);
  return { env: { DATABASE_URL: url.href } };
}
