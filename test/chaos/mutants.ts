// Mutants: faults that are put into the program on purpose, each of which the checker must find.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { whenFileEnds } from '../support/whenFileEnds.js';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly {
    readonly file: string;
    /** The text to replace; the file has it exactly once. */
    readonly from: string;
    readonly to: string;
  }[];
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a look-up is kept for a second',
    edits: [
      {
        file: 'src/common/batchLoader.ts',
        from: '  return (key) =>\n    new Promise(',
        to: '  const load = (key: string): Promise<V | null> =>\n    new Promise(',
      },
      {
        file: 'src/common/batchLoader.ts',
        from: '      setImmediate(() => void send());\n    });\n',
        to: '      setImmediate(() => void send());\n    });\n  const kept = new Map<string, Promise<V | null>>();\n  return (key) => {\n    const asked = kept.get(key) ?? load(key);\n    if (!kept.has(key)) setTimeout(() => kept.delete(key), 1_000);\n    kept.set(key, asked);\n    return asked;\n  };\n',
      },
    ],
  },
  {
    name: 'a look-up joins one that has been sent',
    edits: [
      {
        file: 'src/common/batchLoader.ts',
        from: '  return (key) =>\n    new Promise(',
        to: '  const load = (key: string): Promise<V | null> =>\n    new Promise(',
      },
      {
        file: 'src/common/batchLoader.ts',
        from: '      setImmediate(() => void send());\n    });\n',
        to: '      setImmediate(() => void send());\n    });\n  const sent = new Map<string, Promise<V | null>>();\n  return (key) => {\n    const asked = sent.get(key) ?? load(key).finally(() => sent.delete(key));\n    sent.set(key, asked);\n    return asked;\n  };\n',
      },
    ],
  },
  {
    name: 'the user is not locked',
    edits: [
      {
        file: 'src/users/users.ts',
        from: "where(eq(users.id, id)).for('no key update')",
        to: 'where(eq(users.id, id))',
      },
    ],
  },
  {
    name: 'nothing is checked under the lock',
    edits: [
      {
        file: 'src/sessions/live.ts',
        from: 'return withBulkEnd(session, user).endedAt === null ? { user, session } : null;',
        to: 'return { user, session };',
      },
    ],
  },
  {
    name: 'the end of a session is ignored',
    edits: [
      {
        file: 'src/sessions/authenticate.ts',
        from: 'if (session.endedAt !== null && session.endReason !== null) {',
        to: "if (session.endReason === ('' as never) && session.endedAt !== null) {",
      },
    ],
  },
  {
    name: 'the answer comes before the commit',
    edits: [
      {
        file: 'src/db/postgres/session.ts',
        from: "      const { command } = await unsafe('commit');\n      if (command !== 'COMMIT') throw new Error('The transaction was rolled back.');",
        to: "      void Promise.resolve(unsafe('commit')).catch(() => undefined);",
      },
    ],
  },
  {
    name: 'a commit is not written to disk',
    edits: [
      {
        file: 'src/db/postgres/sessionSettings.ts',
        from: "synchronous_commit: 'on'",
        to: "synchronous_commit: 'off'",
      },
    ],
  },
  {
    name: 'ends are not published',
    edits: [
      { file: 'src/sessions/endEvents.ts', from: '      publishNames(ended.map(({ id }) => id));', to: '' },
    ],
  },
  {
    name: 'a watch does not call its listener',
    edits: [
      {
        file: 'src/sessions/endWatcher.ts',
        from: 'for (const listener of entry.listeners) listener(outcome);',
        to: '',
      },
    ],
  },
  {
    name: 'the use of a session revives it',
    edits: [
      {
        file: 'src/sessions/authenticate.ts',
        from: '.set({ lastSeenAt: now })',
        to: '.set({ lastSeenAt: now, endedAt: null, endReason: null })',
      },
      {
        file: 'src/sessions/authenticate.ts',
        from: "if (claims !== null && outcome.kind === 'active') touch(",
        to: 'if (claims !== null) touch(',
      },
      {
        file: 'src/sessions/authenticate.ts',
        from: '  if (session.lastSeenAt.getTime() > now.getTime() - touchIntervalMs(services.policy)) return;',
        to: '',
      },
    ],
  },
  {
    name: 'an outage is a refusal',
    edits: [
      {
        file: 'src/sessions/authenticate.ts',
        from: "if (error instanceof ServiceUnavailableError) return { kind: 'unavailable' };",
        to: 'if (error instanceof ServiceUnavailableError) return invalid;',
      },
    ],
  },
  {
    name: 'a login that is sent again opens another session',
    edits: [
      {
        file: 'src/sessions/idempotency.ts',
        from: 'if (idempotencyKey === null) return null;',
        to: "if (idempotencyKey !== 'never') return null;",
      },
    ],
  },
  {
    name: 'a login that is sent again gets a session that has ended',
    edits: [
      {
        file: 'src/sessions/idempotency.ts',
        from: '.where(and(isLiveOf(userId), eq(sessions.idempotencyKey, idempotencyKey)))',
        to: '.where(and(eq(sessions.userId, userId), eq(sessions.idempotencyKey, idempotencyKey)))',
      },
    ],
  },
  {
    name: 'a session that is displaced is logged out',
    edits: [
      {
        file: 'src/sessions/open.ts',
        from: "endSessions(tx, displaced, 'SUPERSEDED', at)",
        to: "endSessions(tx, displaced, 'LOGGED_OUT', at)",
      },
    ],
  },
  {
    name: 'the sessions are read before the lock',
    edits: [
      {
        file: 'src/auth/signIn.ts',
        from: '    const locked = lockUser(tx, userId);\n',
        to: '    const early = readLive(tx, userId);\n    const locked = lockUser(tx, userId);\n',
      },
      {
        file: 'src/auth/signIn.ts',
        from: '      readLive(tx, userId),\n      replayed,',
        to: '      early,\n      replayed,',
      },
    ],
  },
  {
    name: 'a change of the password ends one session only',
    edits: [
      {
        file: 'src/sessions/end.ts',
        from: '.filter(({ id }) => id !== except)\n      .map(',
        to: '.filter(({ id }, index) => id !== except && index === 0)\n      .map(',
      },
    ],
  },
  {
    name: 'a node takes the time of its own machine',
    edits: [
      {
        file: 'src/db/clock.ts',
        from: 'now: running.now,\n    isSet: () => known !== null,',
        to: 'now: () => new Date(),\n    isSet: () => known !== null,',
      },
    ],
  },
  {
    name: 'a standby is as good as a primary',
    edits: [
      {
        file: 'src/db/postgres/connection.ts',
        from: 'if (state.standby || state.readOnly) throw',
        to: 'if (state.readOnly && !state.standby) throw',
      },
    ],
  },
];

/**
 * Builds the program with the mutant's edits.
 *
 * @returns the folder that holds its `dist/`
 * @throws when a file does not have the text to replace exactly once
 */
export function buildMutant({ name, edits }: Mutant): string {
  const root = mkdtempSync(join(tmpdir(), 'hufu-mutant-'));
  whenFileEnds(() => {
    rmSync(root, { recursive: true, force: true });
    return Promise.resolve();
  });
  cpSync('src', join(root, 'src'), { recursive: true });
  for (const link of ['node_modules', 'drizzle', 'schema.graphql', 'package.json', 'tsconfig.json'])
    symlinkSync(resolve(link), join(root, link));
  for (const { file, from, to } of edits) {
    const path = join(root, file);
    const pieces = readFileSync(path, 'utf8').split(from);
    if (pieces.length !== 2)
      throw new Error(`${name}: ${file} has "${from}" ${String(pieces.length - 1)} times`);
    writeFileSync(path, pieces.join(to));
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { prestart: string } };
  execFileSync('sh', ['-c', scripts.prestart], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${resolve('node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  });
  return root;
}
