import { sql } from 'drizzle-orm';

import { type Hooks } from '../../src/auth/services.js';

export const on: Partial<Hooks> = {
  async deleted(tx, userId) {
    await tx.execute(sql`delete from public.orders where user_id = ${userId}`);
  },
};
