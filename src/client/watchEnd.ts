// Learns at once that a session has ended: the subscription `sessionEnded` on a websocket of its own, by the protocol
// graphql-transport-ws. It connects again after every close until it is stopped.

import { sessionEndedDocument } from './documents.js';
import { platform, type PlatformSocket } from './platform.js';
import { type Ended, readEnded } from './reasons.js';
import { type LedWork } from './tabs.js';
import { prefixDocument } from './typePrefix.js';

export interface EndCallbacks {
  ended(ended: Ended): void;
  /** The server closed the websocket because it rejects the token; it tells the reason when it is asked over HTTP. */
  rejected(): void;
}

export interface WatchedServer {
  /** Where it answers websockets. */
  readonly url: string;
  readonly typePrefix: string;
}

/** The code with which the server closes a websocket whose token it rejects, or whose session has ended. */
export const rejectedCode = 4403;

/** The longest wait between two attempts, in milliseconds, and the first one. */
const maxPauseMs = 30_000;
const firstPauseMs = 1_000;

/**
 * The time between two heartbeats, in milliseconds. A websocket on which nothing has arrived since the last one is dead,
 * since the network may have changed.
 */
export const beatMs = 30_000;

/** How long a server may take to answer a ping to a page that may have slept, in milliseconds. */
export const answerMs = 5_000;

/** Gives the pause before the next attempt after some that have failed, in milliseconds. */
export function pauseMs(failures: number): number {
  // Spread, so that the clients of a node that restarts do not come back together.
  return Math.min(firstPauseMs * 2 ** failures, maxPauseMs) * (0.5 + Math.random() / 2);
}

/**
 * Watches the session of a token, and connects again until it is stopped. Does nothing where the platform has no WebSocket,
 * such as a server that renders pages on Node 20.
 */
export function watchEnd(server: WatchedServer, token: string, callbacks: EndCallbacks): LedWork {
  const { WebSocket } = platform;
  if (WebSocket === undefined) return noWork;
  const document = prefixDocument(sessionEndedDocument, server.typePrefix);
  let failures = 0;
  /** The connection, or the waiting for the next one. */
  let current: LedWork = noWork;

  const connectLater = () => {
    const timer = setTimeout(connect, pauseMs(failures));
    failures += 1;
    const stop = () => {
      clearTimeout(timer);
    };
    current = {
      stop,
      wake() {
        if (failures === 1) return;
        stop();
        failures = 0;
        connectLater();
      },
    };
  };

  const connect = () => {
    let socket: PlatformSocket;
    try {
      socket = new WebSocket(server.url, 'graphql-transport-ws');
    } catch {
      // The page's policy forbids it.
      connectLater();
      return;
    }
    current = subscribeToEnd(
      socket,
      { token, document },
      {
        ...callbacks,
        alive() {
          failures = 0;
        },
        lost: connectLater,
      },
    );
  };

  connect();
  return {
    stop() {
      current.stop();
    },
    wake() {
      current.wake();
    },
  };
}

const noWork: LedWork = { stop: () => undefined, wake: () => undefined };

interface ConnectionCallbacks extends EndCallbacks {
  /** The connection has lasted for a heartbeat. */
  alive(): void;
  /** The connection is closed or dead. */
  lost(): void;
}

/** Subscribes to the end of the session on one websocket. */
function subscribeToEnd(
  socket: PlatformSocket,
  { token, document }: { readonly token: string; readonly document: string },
  callbacks: ConnectionCallbacks,
): LedWork {
  let isTold = false;
  /** Counts the messages of the server. */
  let heard = 0;
  let heardAtBeat = 0;
  const beat = setInterval(() => {
    if (heard === heardAtBeat) {
      abandon();
      return;
    }
    heardAtBeat = heard;
    callbacks.alive();
    send(socket, { type: 'ping' });
  }, beatMs);
  let probe: ReturnType<typeof setTimeout> | undefined;

  const release = () => {
    clearInterval(beat);
    clearTimeout(probe);
    socket.onopen = socket.onmessage = socket.onclose = null;
  };
  const abandon = () => {
    release();
    callbacks.lost();
    socket.close();
  };

  // A close follows; Node's `ws` would throw an error without a listener.
  socket.onerror = () => undefined;
  socket.onopen = () => {
    send(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  };
  socket.onmessage = ({ data }) => {
    heard += 1;
    const { type, payload } = readMessage(data);
    if (type === 'connection_ack') send(socket, { id: '1', type: 'subscribe', payload: { query: document } });
    else if (type === 'ping') send(socket, { type: 'pong' });
    else if (type === 'next') {
      const ended = readEnded(payload?.data?.sessionEnded);
      if (ended === null) return;
      isTold = true;
      callbacks.ended(ended);
    }
    // The server cannot watch the session now.
    else if ((type === 'error' || type === 'complete') && !isTold) abandon();
  };
  socket.onclose = ({ code }) => {
    release();
    callbacks.lost();
    if (code === rejectedCode && !isTold) callbacks.rejected();
  };
  return {
    stop() {
      release();
      socket.close();
    },
    wake() {
      // A websocket that is not open yet has its heartbeat.
      if (heard === 0) return;
      const heardBefore = heard;
      clearTimeout(probe);
      probe = setTimeout(() => {
        if (heard === heardBefore) abandon();
      }, answerMs);
      send(socket, { type: 'ping' });
    },
  };
}

interface ServerMessage {
  readonly type?: string;
  readonly payload?: { readonly data?: { readonly sessionEnded?: unknown } | null } | null;
}

/** Reads a message. Data that is no message has no type. */
function readMessage(data: unknown): ServerMessage {
  try {
    return Object(JSON.parse(String(data))) as ServerMessage;
  } catch {
    return {};
  }
}

function send(socket: PlatformSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
