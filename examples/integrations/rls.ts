import { type Sql, type TransactionSql } from 'postgres';

/** Runs a request's statements as the user of its session. `sessionId` is null for a request without a live session. */
export async function asSession<T>(
  sql: Sql,
  sessionId: string | null,
  work: (tx: TransactionSql) => Promise<T>,
) {
  return sql.begin('isolation level read committed', async (tx) => {
    await tx`select set_config('hufu.session_id', ${sessionId ?? ''}, true)`;
    return work(tx);
  });
}
