// Where the generated migrations are, beside `src` and `dist` alike, and where the database records them: in a table of
// our own, since Drizzle's default one is shared with every other app on Drizzle.

import { fileURLToPath } from 'node:url';

export const migrations = {
  migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)),
  migrationsSchema: 'hufu',
  migrationsTable: 'migrations',
} as const;
