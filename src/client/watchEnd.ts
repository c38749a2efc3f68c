// Hears at once that a session has ended: the subscription `sessionEnded` on a websocket of its own, by the protocol
// graphql-transport-ws. It connects again after every close until it is stopped.

import { sessionEndedDocument } from './documents.js';
import { platform, type PlatformSocket } from './platform.js';
import { type Ended, readEnded } from './reasons.js';

export interface EndCallbacks {
  ended(ended: Ended): void;
  /** The server closed the websocket because it rejects the token; it tells the reason when it is asked over HTTP. */
  rejected(): void;
}

/** The longest wait between two attempts, in milliseconds, and the first one. */
const maxPauseMs = 30_000;
const firstPauseMs = 1_000;

/** The server closes with it when the session has ended. */
const rejectedCode = 4403;

/** A websocket on which nothing arrives for two of these, in milliseconds, or in the first, is cut: the network has changed. */
const beatMs = 30_000;

/** @returns ends it */
export function watchEnd(url: string, token: string, listener: EndCallbacks): () => void {
  const { WebSocket } = platform;
  // A server that renders pages has none on Node 20.
  if (WebSocket === undefined) return () => undefined;
  let failures = 0;
  /** Ends the connection, or the waiting for the next one. */
  let end: () => void = () => undefined;

  const connectLater = () => {
    const pauseMs = Math.min(firstPauseMs * 2 ** failures, maxPauseMs);
    failures += 1;
    // Spread, so that the clients of a node that restarts do not come back together.
    const timer = setTimeout(connect, pauseMs * (0.5 + Math.random() / 2));
    end = () => {
      clearTimeout(timer);
    };
  };

  const connect = () => {
    let socket: PlatformSocket;
    try {
      socket = new WebSocket(url, 'graphql-transport-ws');
    } catch {
      // The page's policy forbids it.
      connectLater();
      return;
    }
    let isTold = false;
    let isHeard = false;
    const beat = setInterval(() => {
      if (isHeard) {
        failures = 0;
        send(socket, { type: 'ping' });
      } else lost();
      isHeard = false;
    }, beatMs);

    const release = () => {
      clearInterval(beat);
      socket.onopen = socket.onmessage = socket.onclose = null;
    };
    const lost = () => {
      release();
      connectLater();
      socket.close();
    };
    end = () => {
      release();
      socket.close();
    };

    // A close follows; Node's `ws` would throw an error without a listener.
    socket.onerror = () => undefined;
    socket.onopen = () => {
      send(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    };
    socket.onmessage = ({ data }) => {
      isHeard = true;
      const { type, payload } = read(data);
      if (type === 'connection_ack')
        send(socket, { id: '1', type: 'subscribe', payload: { query: sessionEndedDocument } });
      else if (type === 'ping') send(socket, { type: 'pong' });
      else if (type === 'next') {
        const ended = readEnded(payload?.data?.sessionEnded);
        if (ended === null) return;
        isTold = true;
        listener.ended(ended);
      }
      // The server cannot watch the session now.
      else if ((type === 'error' || type === 'complete') && !isTold) lost();
    };
    socket.onclose = ({ code }) => {
      release();
      connectLater();
      if (code === rejectedCode && !isTold) listener.rejected();
    };
  };

  connect();
  return () => {
    end();
  };
}

interface ServerMessage {
  readonly type?: string;
  readonly payload?: { readonly data?: { readonly sessionEnded?: unknown } | null } | null;
}

/** Reads a message; what is none has no type. */
function read(data: unknown): ServerMessage {
  try {
    return Object(JSON.parse(String(data))) as ServerMessage;
  } catch {
    return {};
  }
}

function send(socket: PlatformSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
