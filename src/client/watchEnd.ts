// Hears at once that a session has ended: the subscription `sessionEnded` on a websocket of its own, by the protocol
// graphql-transport-ws. It connects again after every close until it is stopped.

import { sessionEndedDocument } from './documents.js';
import { type SessionEndedSubscription } from './generated.js';
import { platform, type PlatformSocket } from './platform.js';
import { type Ended } from './reasons.js';

export interface EndListener {
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
export function watchEnd(url: string, token: string, listener: EndListener): () => void {
  const { WebSocket } = platform;
  // A server that renders pages has none on Node 20.
  if (WebSocket === undefined) return () => undefined;
  let failures = 0;
  /** Ends the connection, or the waiting for the next one. */
  let end: () => void = () => undefined;

  const connect = () => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    let isTold = false;
    let isHeard = false;
    const beat = setInterval(() => {
      if (isHeard) send(socket, { type: 'ping' });
      else lost();
      isHeard = false;
    }, beatMs);

    const release = () => {
      clearInterval(beat);
      socket.onopen = socket.onmessage = socket.onclose = null;
    };
    const connectAgain = () => {
      release();
      const pauseMs = Math.min(firstPauseMs * 2 ** failures, maxPauseMs);
      failures += 1;
      // Spread, so that the clients of a node that restarts do not come back together.
      const timer = setTimeout(connect, pauseMs * (0.5 + Math.random() / 2));
      end = () => {
        clearTimeout(timer);
      };
    };
    const lost = () => {
      connectAgain();
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
      const message = JSON.parse(String(data)) as {
        readonly type: string;
        readonly payload?: { readonly data?: SessionEndedSubscription | null };
      };
      if (message.type === 'connection_ack') {
        failures = 0;
        send(socket, { id: '1', type: 'subscribe', payload: { query: sessionEndedDocument } });
      } else if (message.type === 'ping') send(socket, { type: 'pong' });
      else if (message.type === 'next' && message.payload?.data != null) {
        isTold = true;
        listener.ended(message.payload.data.sessionEnded);
      }
    };
    socket.onclose = ({ code }) => {
      connectAgain();
      if (code === rejectedCode && !isTold) listener.rejected();
    };
  };

  connect();
  return () => {
    end();
  };
}

function send(socket: PlatformSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
