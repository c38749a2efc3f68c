// The secret that a node without JWT_SECRET creates in its data folder.

import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { storedSecret } from '../../src/config/localSecret.js';

let folder: string;
const file = () => join(folder, 'jwt-secret');
const mode = () => statSync(file()).mode & 0o777;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hufu-secret-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the secret in DATA_DIR', () => {
  it('is created once, with 48 random bytes, readable only by its owner', () => {
    const secret = storedSecret(folder, 'jwt-secret');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(48);
    expect(storedSecret(folder, 'jwt-secret')).toBe(secret);
    expect(mode()).toBe(0o600);
  });

  it('is created again where a full disk left it too short, readable only by its owner', () => {
    writeFileSync(file(), 'cut off', { mode: 0o644 });
    const secret = storedSecret(folder, 'jwt-secret');
    expect(secret).toHaveLength(64);
    expect(readFileSync(file(), 'utf8')).toBe(`${secret}\n`);
    expect(mode()).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')(
    'is refused where other users may read it, or it is a symbolic link',
    () => {
      const secret = storedSecret(folder, 'jwt-secret');
      chmodSync(file(), 0o640);
      expect(() => storedSecret(folder, 'jwt-secret')).toThrow(
        /^DATA_DIR: \S+jwt-secret is not trusted .* Other users may/,
      );
      const elsewhere = join(folder, 'elsewhere');
      writeFileSync(elsewhere, secret, { mode: 0o600 });
      rmSync(file());
      symlinkSync(elsewhere, file());
      expect(() => storedSecret(folder, 'jwt-secret')).toThrow(/ is not trusted .* It is a link/);
      expect(readFileSync(elsewhere, 'utf8')).toBe(secret);
    },
  );

  it.runIf(process.getuid?.() === 0)('is refused where it belongs to another user', () => {
    storedSecret(folder, 'jwt-secret');
    chownSync(file(), 65_534, 65_534);
    expect(() => storedSecret(folder, 'jwt-secret')).toThrow(/ is not trusted .* It belongs to another user/);
  });

  it('is not replaced where it cannot be read, and the error names the setting', () => {
    mkdirSync(file());
    expect(() => storedSecret(folder, 'jwt-secret')).toThrow(
      /^DATA_DIR: \S+jwt-secret cannot be used \(EISDIR\)\. It must be a file/,
    );
    expect(statSync(file()).isDirectory()).toBe(true);
  });
});
