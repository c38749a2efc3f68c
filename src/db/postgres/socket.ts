// A socket to the server, with or without TLS, for the driver to speak over. Ours instead of the driver's own, to be able
// to end one whose packets are being dropped: the driver would say goodbye to it and wait for TCP to give up, which takes
// a quarter of an hour. And one that the driver has put TLS on itself cannot be ended without the driver writing to what
// is gone, which ends the process.

import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

import { DatabaseUnavailable } from '../errors.js';

/** Where the server is, as the driver has read it from the address. */
export interface ServerAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false or undefined for TCP. */
  readonly path: string | false | undefined;
}

/** The longest that TLS may take to begin, in milliseconds. Without it the driver counts the time itself. */
const patienceMs = 3_000;

/** PostgreSQL, Frontend/Backend Protocol, SSLRequest: its length, and a version that no protocol has. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Begins to connect to the server.
 *
 * @param mode libpq's `sslmode`; null for no TLS
 * @param made called with each socket as it is made: the one to be ended
 * @returns a socket that may still be connecting where there is no TLS
 * @throws what keeps TLS from beginning, DatabaseUnavailable where it takes too long
 */
export async function openSocket(
  address: ServerAddress,
  mode: string | null,
  made: (socket: Socket) => void,
): Promise<Socket> {
  const plain = connectTo(address);
  made(plain);
  if (mode === null || mode === 'disable' || typeof address.path === 'string') return plain;

  const late = setTimeout(() => plain.destroy(new DatabaseUnavailable()), patienceMs);
  try {
    plain.write(sslRequest);
    const reply = await next(plain, 'data');
    // Whatever comes behind the one byte was not sent by the server: nothing may before TLS has begun.
    if (String(reply) !== 'S') {
      if (String(reply) === 'N' && mode === 'prefer') return plain;
      throw new TlsRefused();
    }
    const secured = secure(plain, hostOf(address), mode);
    made(secured);
    await next(secured, 'secureConnect');
    return secured;
  } catch (error) {
    plain.destroy();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

class TlsRefused extends Error {
  override readonly name = 'TlsRefused';
  readonly code = 'ERR_TLS_REFUSED';

  constructor() {
    super('The server does not speak TLS.');
  }
}

function connectTo(address: ServerAddress): Socket {
  const socket =
    typeof address.path === 'string'
      ? connectPlain(address.path)
      : connectPlain({ host: hostOf(address), port: address.port[0] ?? 5432 });
  // The driver takes its own listeners away with the end of a socket; an error that comes after must not end the process.
  return socket.on('error', () => undefined);
}

function hostOf(address: ServerAddress): string {
  return address.host[0] ?? 'localhost';
}

/** @param mode `prefer` and `require` believe any certificate, `verify-ca` those of an authority, whatever their name */
function secure(plain: Socket, host: string, mode: string): TLSSocket {
  const socket = connectTls({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: mode.startsWith('verify-'),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  });
  return socket.on('error', () => undefined);
}

/** What the socket's next event of that name brings; rejects when the socket ends instead. */
function next(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.off(event, came).off('error', reject).off('close', closed);
      act();
    };
    const came = (value: unknown) => {
      settle(() => {
        resolve(value);
      });
    };
    const closed = () => {
      settle(() => {
        reject(new DatabaseUnavailable());
      });
    };
    socket.once(event, came).once('error', reject).once('close', closed);
  });
}
