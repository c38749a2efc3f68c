export interface Ended {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: string;
  readonly at: string;
}

interface Follower {
  /** Called at least once for each session that has ended. */
  readonly ended: (ended: Ended) => void;
  /** Called when the feed may have missed ends: close the streams that must not outlive their session, or ask Hufu about each. */
  readonly unsure: () => void;
  readonly stopping: AbortSignal;
}

/** The silence after which the feed counts as lost, in milliseconds. Hufu sends a heartbeat every 5 s. */
const silenceMs = 12_000;

/** Follows the ends of sessions until it is stopped, from any node of Hufu. */
export async function followEnds(url: string, key: string, follower: Follower): Promise<void> {
  const isStopping = () => follower.stopping.aborted;
  let lastId: string | null = null;
  while (!isStopping()) {
    const silent = new AbortController();
    const timer = setTimeout(() => {
      silent.abort();
    }, silenceMs);
    const signal = AbortSignal.any([follower.stopping, silent.signal]);
    const headers = { authorization: `Bearer ${key}`, ...(lastId !== null && { 'last-event-id': lastId }) };
    try {
      const response = await fetch(`${url}/sessions/ended`, { headers, signal });
      if (!response.ok || response.body === null)
        throw new Error(`the feed answers ${String(response.status)}`);
      let rest = '';
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        timer.refresh();
        const events = `${rest}${text}`.split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1];
          if (field('event') === 'ended') follower.ended(JSON.parse(field('data') ?? '') as Ended);
          if (field('event') === 'reset') follower.unsure();
          lastId = field('id') ?? lastId;
        }
      }
    } catch {
      // A node that stops ends the stream without an error. The next stream continues after `lastId`, so no end is lost.
      if (isStopping()) return;
      follower.unsure();
      await new Promise((resolve) => setTimeout(resolve, 500));
    } finally {
      clearTimeout(timer);
    }
  }
}
