// Gathers look-ups by key into one query at a time. Two rules keep it as true as a query for each: a look-up never
// joins a query that has already been sent, and no result is kept for a later one.

/**
 * Gives a look-up by key that shares queries. Its promise resolves to what `fetch` found for the key, or null.
 *
 * @param fetch looks all keys up with one query; it may leave out those it does not find
 * @param retry whether, after this failure of a shared query, each key is to be tried alone, so that one that
 *   cannot be looked up fails its own request only
 */
export function createBatchLoader<V>(
  fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  retry: (error: unknown) => boolean,
): (key: string) => Promise<V | null> {
  interface Waiting {
    readonly key: string;
    readonly resolve: (value: V | null) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let busy = false;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await answer(batch);
    }
    busy = false;
  }

  async function answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const found = await fetch([...new Set(batch.map(({ key }) => key))]);
      for (const { key, resolve } of batch) resolve(found.get(key) ?? null);
    } catch (error) {
      if (batch.length > 1 && retry(error)) await Promise.all(batch.map((one) => answer([one])));
      else for (const { reject } of batch) reject(error);
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (busy) return;
      busy = true;
      // Requests that arrived together are read in one turn of the event loop: they share the first query too.
      setImmediate(() => void send());
    });
}
