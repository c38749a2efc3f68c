// Shared queries: look-ups that wait at the same moment share one.

/**
 * Makes a look-up by key that shares queries. Its promise resolves to what `fetch` found for the key, or null. Two rules
 * keep it as true as a query for each key: a look-up never joins a query that has already been sent, and no result is
 * kept for a later one.
 *
 * @param fetch looks all keys up with one query; it may leave out those it does not find
 * @param retry whether, after this failure of a shared query, each key is to be tried alone, so that one that
 *   cannot be looked up fails its own request only
 * @param atOnce how many queries may be on their way at once
 */
export function createBatchLoader<V>(
  fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  retry: (error: unknown) => boolean,
  atOnce: () => number = () => 1,
): (key: string) => Promise<V | null> {
  interface Waiting {
    readonly key: string;
    readonly resolve: (value: V | null) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let senders = 0;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await answer(batch);
    }
    senders -= 1;
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
      // The first one that waits sends for all that join it meanwhile.
      if (waiting.length > 1 || senders >= atOnce()) return;
      senders += 1;
      // Requests that arrived together are read in one turn of the event loop: they share the first query too.
      setImmediate(() => void send());
    });
}
