import { pgTable, text, uuid } from 'drizzle-orm/pg-core';

import { users } from '../../src/tables/index.js';

export const notes = pgTable('notes', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .references(() => users.id),
  text: text('text').notNull(),
});
