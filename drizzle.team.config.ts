// Where Drizzle finds a team's own tables, and where `npm run generate:team` writes the migrations made from them.

import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/team/tables.ts',
  out: './src/team/drizzle',
});
