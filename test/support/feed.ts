// A consumer of the feed of ended sessions: server-sent events over fetch.

import { whenFileEnds } from './whenFileEnds.js';

export interface FeedEvent {
  readonly name: string;
  /** Null where the event has no id. */
  readonly id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FeedStream {
  readonly status: number;
  /** All events so far, in order of arrival. */
  readonly events: readonly FeedEvent[];
  /** The id to resume with. */
  lastId(): string | null;
  /** Resolves to the first event that matches, an earlier or a later one. */
  until(matches: (event: FeedEvent) => boolean): Promise<FeedEvent>;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

/** @param url of the node, without a path */
export async function followFeed(
  url: string,
  key: string,
  lastEventId: string | null = null,
): Promise<FeedStream> {
  const closing = new AbortController();
  const response = await fetch(`${url}/sessions/ended`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
    },
    signal: closing.signal,
  });
  const events: FeedEvent[] = [];
  const waiting = new Set<() => void>();
  let lastId = lastEventId;

  const take = (block: string) => {
    const fields = new Map(
      block.split('\n').map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      }),
    );
    const id = fields.get('id') ?? null;
    lastId = id ?? lastId;
    const data = JSON.parse(fields.get('data') ?? 'null') as FeedEvent['data'];
    events.push({ name: fields.get('event') ?? '', id, data });
    for (const check of waiting) check();
  };

  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    if (response.body === null) return;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const blocks = `${text}${decoder.decode(chunk, { stream: true })}`.split('\n\n');
      text = blocks.pop() ?? '';
      blocks.forEach(take);
    }
  };
  const ended = response.status === 200 ? read().catch(() => undefined) : Promise.resolve();
  const close = () => {
    closing.abort();
  };
  whenFileEnds(async () => {
    close();
    await ended;
  });

  return {
    status: response.status,
    events,
    lastId: () => lastId,
    until: (matches) =>
      new Promise((resolve) => {
        const check = () => {
          const found = events.find(matches);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    ended,
    close,
  };
}

/** Matches the event of a session's end. */
export function endOf(sessionId: string): (event: FeedEvent) => boolean {
  return ({ name, data }) => name === 'ended' && data['sessionId'] === sessionId;
}

/** Matches events of this name. */
export function named(name: string): (event: FeedEvent) => boolean {
  return (event) => event.name === name;
}
