// Where Drizzle finds the tables, and where `npm run generate` writes the migrations made from them.

import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/db/schema/index.ts',
  out: './drizzle',
});
