// As much of a GraphQL client as the development pages need: an operation over HTTP, and a subscription over a
// websocket by the protocol graphql-transport-ws.

/**
 * @typedef {object} Request
 * @property {string} query
 * @property {string | null} [operationName]
 * @property {unknown} [variables]
 */

/**
 * @typedef {object} Answer
 * @property {Readonly<Record<string, unknown>> | null} [data]
 * @property {readonly { readonly message: string, readonly extensions?: Readonly<Record<string, unknown>> }[]} [errors]
 */

const path = '/graphql';

/**
 * Sends an operation. Rejects where no answer arrives.
 *
 * @param {Request} request
 * @param {Readonly<Record<string, string>>} headers
 * @returns {Promise<Answer>}
 */
export async function send(request, headers) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(request),
  });
  /** @type {unknown} */
  const answer = await response.json();
  return /** @type {Answer} */ (answer);
}

/**
 * @typedef {object} Listener
 * @property {(answer: Answer) => void} next
 * @property {() => void} complete
 * @property {(error: Error) => void} error the socket closed before the subscription was complete
 */

/**
 * Opens a subscription on a socket of its own.
 *
 * @param {Request} request
 * @param {Readonly<Record<string, string>>} headers sent as the parameters of the connection
 * @param {Listener} listener
 * @returns {() => void} ends it; the listener is not called after that
 */
export function subscribe(request, headers, listener) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, 'graphql-transport-ws');
  let isOver = false;
  /** @param {object} message */
  const write = (message) => {
    socket.send(JSON.stringify(message));
  };
  const end = () => {
    isOver = true;
    socket.close(1000);
  };

  socket.onopen = () => {
    write({ type: 'connection_init', payload: headers });
  };
  /** @param {MessageEvent<string>} event */
  socket.onmessage = ({ data }) => {
    if (isOver) return;
    /** @type {unknown} */
    const message = JSON.parse(data);
    const { type, payload } = /** @type {{ type: string, payload: unknown }} */ (message);
    switch (type) {
      case 'connection_ack':
        write({ id: '1', type: 'subscribe', payload: request });
        break;
      case 'ping':
        write({ type: 'pong' });
        break;
      case 'next':
        listener.next(/** @type {Answer} */ (payload));
        break;
      case 'error':
        listener.next({ errors: /** @type {NonNullable<Answer['errors']>} */ (payload) });
        end();
        listener.complete();
        break;
      case 'complete':
        end();
        listener.complete();
        break;
    }
  };
  socket.onclose = ({ code, reason }) => {
    if (isOver) return;
    isOver = true;
    const why = reason === '' ? '' : `, ${reason}`;
    listener.error(new Error(`The server closed the websocket: ${String(code)}${why}.`));
  };
  return end;
}
