// The servers that follow the feed on this node: those that have everything, those that are brought there, and the cut of those
// that do not read or have lost their key.

import { type Metrics } from '../observability/metrics.js';
import { type Service, type ServiceVerifier } from './serviceKeys.js';

/** A server that follows the feed, as the floor above reaches it. */
export interface FeedConsumer {
  readonly service: Service;
  /** Sends server-sent events. */
  send(bytes: Uint8Array): void;
  /** How many bytes wait for the consumer to read. */
  waitingBytes(): number;
  /** Ends the stream when everything has been sent. */
  end(): void;
  /** Ends the connection at once. */
  cut(): void;
}

/** A consumer for which more bytes wait is cut. When it comes back, it gets a page whenever it has read the last one. */
const maxWaitingBytes = 262_144;

/** A consumer for which bytes have waited at so many heartbeats does not read, and is cut. */
const maxSilentHeartbeats = 3;

export interface Following {
  readonly consumer: FeedConsumer;
  /** The cursor up to which it has been sent everything; null where it begins with the others. */
  cursor: string | null;
  silentHeartbeats: number;
}

export interface FeedConsumers {
  /** The consumers that have been sent everything that the feed has read. */
  readonly live: ReadonlySet<Following>;
  /** The consumers that have yet to be sent the events that the others have. */
  readonly coming: ReadonlySet<Following>;
  count(): number;
  all(): readonly Following[];
  /** @param cursor the id of the last event that it has received; null to begin with the others */
  add(consumer: FeedConsumer, cursor: string | null): Following;
  remove(one: Following): void;
  /** Sends the bytes to those that have not left meanwhile, and cuts those that do not read. */
  send(to: readonly Following[], bytes: Uint8Array): void;
  /** Makes consumers live that have caught up; gives those of them that have not left meanwhile. */
  arrived(caughtUp: readonly Following[]): readonly Following[];
  /** Cuts the consumers that have not read for several heartbeats. */
  dropSilent(): void;
  /** Cuts the services that have lost their key or their scope since they came. */
  dropRefused(): Promise<void>;
}

/** @param onEmpty called when the last consumer has left */
export function createFeedConsumers(
  metrics: Metrics,
  verifier: Pick<ServiceVerifier, 'isStill'>,
  onEmpty: () => void,
): FeedConsumers {
  const live = new Set<Following>();
  const coming = new Set<Following>();
  const all = () => [...live, ...coming];
  metrics.gauge('feed_consumers', () => [{ labels: {}, value: live.size + coming.size }]);

  const remove = (one: Following) => {
    live.delete(one);
    coming.delete(one);
    if (live.size + coming.size === 0) onEmpty();
  };

  const cut = (one: Following, why: 'slow' | 'refused') => {
    remove(one);
    metrics.count('feed_cut', { why });
    one.consumer.cut();
  };

  return {
    live,
    coming,
    count: () => live.size + coming.size,
    all,
    add(consumer, cursor) {
      const one: Following = { consumer, cursor, silentHeartbeats: 0 };
      coming.add(one);
      return one;
    },
    remove,

    send(to, bytes) {
      for (const one of to) {
        if (!live.has(one) && !coming.has(one)) continue;
        if (one.consumer.waitingBytes() > maxWaitingBytes) cut(one, 'slow');
        else one.consumer.send(bytes);
      }
    },

    arrived(caughtUp) {
      const arrived = caughtUp.filter((one) => coming.delete(one));
      for (const one of arrived) live.add(one);
      return arrived;
    },

    dropSilent() {
      for (const one of all()) {
        one.silentHeartbeats = one.consumer.waitingBytes() > 0 ? one.silentHeartbeats + 1 : 0;
        if (one.silentHeartbeats >= maxSilentHeartbeats) cut(one, 'slow');
      }
    },

    async dropRefused() {
      const verdicts = new Map<string, boolean>();
      for (const one of all()) {
        const { service } = one.consumer;
        const verdict = verdicts.get(service.keyId) ?? (await verifier.isStill(service, 'feed'));
        verdicts.set(service.keyId, verdict);
        if (!verdict) cut(one, 'refused');
      }
    },
  };
}
