// Runs a transaction whose statements need not be waited for one by one.

import { type Db, type Tx } from './database.js';

/** A transaction as the driver's Drizzle handle runs it. */
type Handle = Pick<Db, 'transaction'>;

/**
 * Runs `act` in a transaction, and waits for the statements that it has sent.
 *
 * @param isPipelined whether the COMMIT may be sent before those statements are answered; a driver that would not send it
 *   as it is must not
 * @throws what `act` threw, or the error of the first statement that failed: it made all later ones fail
 */
export async function runTransaction<T>(
  db: Handle,
  act: (tx: Tx) => Promise<T>,
  isPipelined: boolean,
): Promise<T> {
  const sent: Promise<unknown>[] = [];
  const send = (statement: PromiseLike<unknown>) => {
    // Calls `then` at once, which is what sends a statement: the order of the calls is the order on the wire.
    const answer = new Promise((resolve, reject) => {
      statement.then(resolve, reject);
    });
    answer.catch(() => undefined);
    sent.push(answer);
  };
  try {
    return await db.transaction(async (tx) => {
      const result = await act(Object.assign(tx, { send }));
      if (!isPipelined) await Promise.all(sent);
      return result;
    });
  } catch (error) {
    const answers = await Promise.allSettled(sent);
    throw answers.find((answer) => answer.status === 'rejected')?.reason ?? error;
  }
}
