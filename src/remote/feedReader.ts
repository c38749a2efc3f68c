// Hears the ends of sessions from a remote Hufu, as server-sent events. The place in the feed is kept over reconnections,
// so that a cut loses nothing. A feed that is silent for too long is reported as lost.

import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { isRecord } from '../common/records.js';
import type { RejectedSession } from '../sessions/types.js';
import { type HufuConnection, HufuUnavailable } from './hufuConnection.js';
import { readEnd } from './outcome.js';

interface FeedEvents {
  /** A session has ended. */
  ended: [sessionId: string, end: RejectedSession];
  /** The reader hears of every end from now on. `isGap` where earlier ends may have been missed. */
  live: [isGap: boolean];
  /** Nothing has come for {@link FeedOptions.maxSilenceMs}. */
  silent: [];
}

export interface FeedReader {
  on<Name extends keyof FeedEvents>(name: Name, listener: (...args: FeedEvents[Name]) => void): void;
  /** Begins to listen; a second call does nothing. */
  start(): void;
  isLive(): boolean;
  /** How old the newest proof is that every end has come, in milliseconds; null while it does not hear. */
  silentMs(): number | null;
  stop(): void;
}

export interface FeedOptions {
  readonly connection: Pick<HufuConnection, 'stream'>;
  /** The longest silence; Hufu sends a heartbeat every 5 s. */
  readonly maxSilenceMs: number;
  /** Called with each error that keeps it from listening. */
  readonly onFailure: (error: unknown) => void;
}

/** How long it waits before it connects again, in milliseconds: the first time and at most. */
const retryMs = { first: 50, most: 1_000 } as const;

/** A longer line or event is none of Hufu's. */
const maxEventLength = 65_536;

export function createFeedReader({ connection, maxSilenceMs, onFailure }: FeedOptions): FeedReader {
  const emitter = new EventEmitter<FeedEvents>();
  const stopping = new AbortController();
  let lastEventId: string | null = null;
  let heardAtMs: number | null = null;
  let provenAtMs = 0;
  /** What is added to a time of Hufu's clock in milliseconds to get one of `performance.now()`, or less. */
  let hufuClockMs: number | null = null;
  let silence: NodeJS.Timeout | undefined;
  let isStarted = false;
  let isCaughtUp = false;

  const markHeard = () => {
    heardAtMs = performance.now();
    // The timer is not reset for each event: events come often.
    silence ??= setTimeout(lookForSilence, maxSilenceMs).unref();
  };

  function lookForSilence() {
    silence = undefined;
    if (heardAtMs === null) return;
    const leftMs = heardAtMs + maxSilenceMs - performance.now();
    if (leftMs > 0) silence = setTimeout(lookForSilence, leftMs).unref();
    else {
      heardAtMs = null;
      emitter.emit('silent');
    }
  }

  /**
   * Notes since when every end has come, at the latest. A heartbeat may have waited in the network, or in the buffers of this process
   * while that was suspended: it proves nothing of the time in which it waited.
   *
   * @param askedAtMs when the feed was asked for
   */
  const prove = (isReady: boolean, data: string, askedAtMs: number) => {
    const value: unknown = JSON.parse(data);
    const at = isRecord(value) && typeof value['at'] === 'string' ? Date.parse(value['at']) : NaN;
    const nowMs = performance.now();
    if (isReady) {
      // Hufu wrote it after it was asked.
      hufuClockMs = Number.isNaN(at) ? null : askedAtMs - at;
      provenAtMs = hufuClockMs === null ? nowMs : askedAtMs;
      return;
    }
    provenAtMs = hufuClockMs === null || Number.isNaN(at) ? nowMs : Math.min(at + hufuClockMs, nowMs);
    if (nowMs - provenAtMs > maxSilenceMs) throw new Error('the feed is late');
  };

  const take = ({ id, name, data }: ServerSentEvent, isGap: boolean, askedAtMs: number) => {
    // Every end that was missed has come, and every end from here on will come.
    if (name === 'ready') isCaughtUp = true;
    if (isCaughtUp && (name === 'ready' || name === 'heartbeat')) prove(name === 'ready', data, askedAtMs);
    if (isCaughtUp) markHeard();
    if (name === 'ready') emitter.emit('live', isGap);
    else if (name === 'reset') emitter.emit('live', true);
    else if (name === 'ended') {
      const value: unknown = JSON.parse(data);
      if (!isRecord(value) || typeof value['sessionId'] !== 'string')
        throw new TypeError('the feed is not one of Hufu');
      emitter.emit('ended', value['sessionId'], readEnd(value, value['sessionId']));
    }
    // An event that could not be read has not been heard: it is asked for again.
    if (id !== null) lastEventId = id;
  };

  const listenOnce = async () => {
    isCaughtUp = false;
    const isGap = lastEventId === null;
    const askedAtMs = performance.now();
    const headers: Record<string, string> = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    const response = await connection.stream('/sessions/ended', headers).catch((error: unknown) => {
      // Hufu does not know the place: it begins again, as after a gap.
      if (error instanceof HufuUnavailable && error.status === 400) lastEventId = null;
      throw error;
    });
    await readEvents(response, maxSilenceMs, (event) => {
      take(event, isGap, askedAtMs);
    });
  };

  const listen = async () => {
    let waitMs: number = retryMs.first;
    const { signal } = stopping;
    for (;;) {
      const beganAtMs = performance.now();
      try {
        await listenOnce();
      } catch (error) {
        if (!signal.aborted) onFailure(error);
      }
      if (signal.aborted) return;
      // One that held for a while has been cut; one that did not may be refused for long.
      waitMs =
        performance.now() - beganAtMs > retryMs.most ? retryMs.first : Math.min(2 * waitMs, retryMs.most);
      await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    on(name, listener) {
      emitter.on<keyof FeedEvents>(name, listener);
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      void listen();
    },
    isLive: () => heardAtMs !== null,
    silentMs: () => (heardAtMs === null ? null : performance.now() - provenAtMs),
    stop() {
      stopping.abort();
      clearTimeout(silence);
      emitter.removeAllListeners();
    },
  };
}

interface ServerSentEvent {
  /** Null where the event has none. */
  readonly id: string | null;
  readonly name: string;
  readonly data: string;
}

/** Reads server-sent events until the stream ends, or has been silent for too long. */
function readEvents(
  response: IncomingMessage,
  maxSilenceMs: number,
  take: (event: ServerSentEvent) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    let id: string | null = null;
    let name = '';
    let data: string[] = [];
    let length = 0;

    // Only a whole event is a sign of Hufu: a proxy may send bytes on its own.
    const silence = setTimeout(() => response.destroy(new Error('the feed is silent')), maxSilenceMs).unref();

    const takeLine = (line: string) => {
      if (line === '') {
        if (id !== null || name !== '' || data.length > 0) {
          silence.refresh();
          take({ id, name, data: data.join('\n') });
        }
        id = null;
        name = '';
        data = [];
        length = 0;
        return;
      }
      length += line.length;
      if (length > maxEventLength) throw new Error('an event of the feed is too long');
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'data') data.push(value);
      else if (field === 'id') id = value;
      else if (field === 'event') name = value;
    };

    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      try {
        if (rest.length > maxEventLength) throw new Error('a line of the feed is too long');
        for (const line of lines) takeLine(line.replace(/\r$/, ''));
      } catch (error) {
        response.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    response.once('error', reject);
    response.once('close', () => {
      clearTimeout(silence);
      resolve();
    });
  });
}
