import { sql } from 'drizzle-orm';
import { createHufu } from 'hufu';

export const start = (databaseUrl: string, secret: string) =>
  createHufu({
    environment: 'production',
    database: databaseUrl,
    tokens: { secret },
    session: { limit: 1, ttlSeconds: 2_592_000 },
    app: { name: 'Example', publicUrl: 'https://api.example.com' },
    on: {
      async registered(tx, { id }) {
        await tx.execute(sql`insert into public.profiles (user_id) values (${id})`);
      },
    },
  });
