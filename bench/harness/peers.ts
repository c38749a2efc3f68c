// Installs the package `bench/peers` from its lock file at the first use, and starts its servers.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { password } from './operations.js';
import { type MeasuredServer, startServer } from './processes.js';
import { progress } from './report.js';
import { secret } from './seed.js';

const folder = fileURLToPath(new URL('../peers/', import.meta.url));

export function installPeers(): void {
  if (existsSync(`${folder}node_modules`)) return;
  progress('installing bench/peers');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** @param program the name of the file without its extension */
export function startPeer(
  program: string,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredServer> {
  return startServer({
    args: [`${folder}${program}.js`],
    env: { DATABASE_URL: databaseUrl, JWT_SECRET: secret, ...env },
  });
}

/** Signs users up with better-auth, and gives the `cookie` header of each. */
export async function signUp({ port }: MeasuredServer, count: number): Promise<string[]> {
  const base = `http://127.0.0.1:${String(port)}`;
  const cookies: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`${base}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: base },
      body: JSON.stringify({ name: 'Bench', ...credentialsOf(index) }),
    });
    if (response.status !== 200) throw new Error(`better-auth: ${await response.text()}`);
    cookies.push(
      response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';', 1)[0])
        .join('; '),
    );
  }
  return cookies;
}

function credentialsOf(index: number) {
  return { email: `bench-${String(index)}@example.com`, password };
}

/** Makes the bytes of a sign-in of one of the users of {@link signUp}. */
export function signInRequest({ port }: MeasuredServer, index: number): string {
  const body = JSON.stringify(credentialsOf(index));
  return (
    `POST /api/auth/sign-in/email HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\nuser-agent: bench\r\n` +
    `origin: http://127.0.0.1:${String(port)}\r\ncontent-type: application/json\r\n` +
    `content-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`
  );
}

export function getSessionRequest(cookie: string): string {
  return (
    'GET /api/auth/get-session HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n' +
    `accept: application/json\r\ncookie: ${cookie}\r\n\r\n`
  );
}
