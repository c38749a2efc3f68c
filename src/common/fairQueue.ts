// A queue that serves its keys in turn: a key that queues a thousand pieces of work delays another key by one of them.

export interface FairQueue<T> {
  readonly size: number;
  push(key: string, item: T): void;
  /** Takes the oldest item of the key whose turn it is. */
  shift(): T | undefined;
  /** Takes the newest item of the key that has the most, unless `key` would have as many with one more. */
  dropForRoom(key: string): T | undefined;
  /** Takes an item out before its turn; false when it is not there any more. */
  remove(key: string, item: T): boolean;
}

export function createFairQueue<T>(): FairQueue<T> {
  /** By key, the next one first. A key without items is not there. */
  const queues = new Map<string, T[]>();
  let size = 0;

  const taken = (key: string, queue: readonly T[]) => {
    size -= 1;
    if (queue.length === 0) queues.delete(key);
  };

  return {
    get size() {
      return size;
    },

    push(key, item) {
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, [item]);
      else queue.push(item);
      size += 1;
    },

    shift() {
      for (const [key, queue] of queues) {
        const item = queue.shift();
        // The key goes to the end of the row.
        queues.delete(key);
        queues.set(key, queue);
        taken(key, queue);
        return item;
      }
      return undefined;
    },

    dropForRoom(key) {
      const [longest, queue] = [...queues].reduce(
        (most, one) => (one[1].length > most[1].length ? one : most),
        ['', []],
      );
      if (queue.length <= (queues.get(key)?.length ?? 0) + 1) return undefined;
      const item = queue.pop();
      taken(longest, queue);
      return item;
    },

    remove(key, item) {
      const queue = queues.get(key);
      const index = queue?.indexOf(item) ?? -1;
      if (queue === undefined || index < 0) return false;
      queue.splice(index, 1);
      taken(key, queue);
      return true;
    },
  };
}
