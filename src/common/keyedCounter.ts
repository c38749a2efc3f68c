// How many there are of each kind; kinds of which there are none take no room.

export interface KeyedCounter {
  of(kind: string): number;
  /** @param count negative to take some away */
  add(kind: string, count: number): void;
}

export function createKeyedCounter(): KeyedCounter {
  const counts = new Map<string, number>();
  const of = (kind: string) => counts.get(kind) ?? 0;
  return {
    of,
    add(kind, count) {
      const sum = of(kind) + count;
      if (sum === 0) counts.delete(kind);
      else counts.set(kind, sum);
    },
  };
}
