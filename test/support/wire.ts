// A proxy between a node and PostgreSQL that reads the node's messages (PostgreSQL, Frontend/Backend Protocol), so that a test
// counts the round trips.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { whenFileEnds } from './whenFileEnds.js';

/** The statements that a node sent before the server answered any of them: one round trip. */
export interface Flight {
  readonly connection: number;
  /** The texts of the statements, in their order. */
  readonly statements: readonly string[];
}

export interface Wire {
  /** The database's URL through the proxy. */
  readonly url: string;
  /** Delays every packet of the node, which makes each round trip so many milliseconds longer. */
  delay(ms: number): void;
  /**
   * Holds back the next packet with a statement that contains the text, and the packets after it on its connection.
   *
   * @returns resolves when such a packet has come, to a function that releases it
   */
  hold(text: string): Promise<() => void>;
  /** Forgets the flights so far. */
  clear(): void;
  /** Returns all flights since then. */
  flights(): readonly Flight[];
  /**
   * Returns the flights that a response waits for: all but those of background work and its transactions.
   *
   * @param isBehind tells whether a statement belongs to background work
   */
  waited(isBehind: (statement: string) => boolean): readonly Flight[];
}

/** @param target the database's own URL */
export async function startWire(target: string): Promise<Wire> {
  const to = new URL(target);
  let flights: { connection: number; statements: string[] }[] = [];
  let connections = 0;
  let delayMs = 0;
  let wanted: { readonly text: string; readonly found: (release: () => void) => void } | null = null;

  const server = createServer((client) => {
    const connection = (connections += 1);
    const database = connect(Number(to.port), to.hostname);
    const read = createReader();
    let isAnswered = true;
    let current: { connection: number; statements: string[] } | undefined;
    let held: Buffer[] | null = null;
    client.on('data', (chunk: Buffer) => {
      const statements = read(chunk);
      const { text, found } = wanted ?? {};
      if (text !== undefined && statements.some((statement) => statement.includes(text))) {
        wanted = null;
        held = [];
        found?.(() => {
          for (const kept of held ?? []) database.write(kept);
          held = null;
        });
      }
      if (statements.length === 0) return;
      if (isAnswered || current === undefined || !flights.includes(current)) {
        current = { connection, statements: [] };
        flights.push(current);
      }
      isAnswered = false;
      current.statements.push(...statements);
    });
    database.on('data', () => {
      isAnswered = true;
    });
    for (const [from, onto] of [
      [client, database],
      [database, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        // Timers of one length fire in their order.
        if (from === client && held !== null) held.push(chunk);
        else if (delayMs === 0 || from === database) onto.write(chunk);
        else setTimeout(() => onto.write(chunk), delayMs);
      });
      from.on('error', () => onto.destroy());
      from.on('close', () => onto.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  whenFileEnds(() => {
    server.close();
    return Promise.resolve();
  });
  const url = new URL(target);
  const { port } = server.address() as { readonly port: number };
  url.host = `127.0.0.1:${String(port)}`;

  return {
    url: url.href,
    delay(ms) {
      delayMs = ms;
    },
    hold: (text) =>
      new Promise((found) => {
        wanted = { text, found };
      }),
    clear() {
      flights = [];
    },
    flights: () => flights,
    waited(isBehind) {
      const behind = new Set<number>();
      return flights.filter(({ connection, statements }) => {
        if (statements.some(isBehind)) behind.add(connection);
        const isIt = behind.has(connection);
        // Background work ends with its transaction.
        if (isIt && (!statements.includes('begin') || statements.includes('commit')))
          behind.delete(connection);
        return !isIt;
      });
    },
  };
}

/** Reads the statements that a client executes: the texts of Parse, by the names that Bind uses. */
function createReader(): (chunk: Buffer) => string[] {
  const names = new Map<string, string>();
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    const found: string[] = [];
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      // The first message has no type.
      const header = isStarted ? 1 : 0;
      if (rest.length < header + 4) return found;
      const length = header + rest.readUInt32BE(header);
      if (rest.length < length) return found;
      const type = isStarted ? String.fromCharCode(rest[0] ?? 0) : '';
      const body = rest.subarray(header + 4, length);
      rest = rest.subarray(length);
      isStarted = true;
      const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
      if (type === 'P') {
        names.set(first, second);
        found.push(`parse: ${second}`);
      }
      if (type === 'B') found.push(names.get(second) ?? '');
      if (type === 'Q') found.push(first);
    }
  };
}
