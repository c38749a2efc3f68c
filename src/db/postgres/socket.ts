// A socket to the server, with or without TLS, for the driver. Hufu opens it instead of the driver, so that it can end one whose
// packets are being dropped: the driver would send a goodbye and wait for TCP to give up, which takes a quarter of an hour. And
// where the driver has begun TLS itself, it writes to a socket that is gone, which ends the process.

import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

import { type DatabaseServer, type DatabaseTls } from '../../config/databaseUrl.js';
import { DatabaseUnavailable } from '../errors.js';

/** The longest that TLS may take to begin, in milliseconds. Without it the driver counts the time itself. */
const connectTimeoutMs = 3_000;

/** After this long without a packet, in milliseconds, the kernel asks whether the server is there, once a second. */
const keepAliveMs = 5_000;

/** PostgreSQL, Frontend/Backend Protocol, SSLRequest: its length, and a version that no protocol has. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Begins to connect to the server.
 *
 * @param made called with each socket as it is made; the last one is the one to end
 * @returns a socket that may still be connecting where there is no TLS
 * @throws the error that keeps TLS from beginning, DatabaseUnavailable where it takes too long
 */
export async function openSocket(
  server: DatabaseServer,
  tls: DatabaseTls,
  made: (socket: Socket) => void,
): Promise<Socket> {
  const plain = connectTo(server);
  made(plain);
  if (tls.mode === 'disable' || 'path' in server) return plain;

  const late = setTimeout(() => plain.destroy(new DatabaseUnavailable()), connectTimeoutMs);
  try {
    if (!tls.direct) {
      plain.write(sslRequest);
      const reply = await next(plain, 'data');
      // Bytes behind the first one are not of the server, which sends no more before TLS has begun.
      if (String(reply) !== 'S') {
        if (String(reply) === 'N' && tls.mode === 'prefer') return plain;
        throw new TlsRefused();
      }
    }
    const secured = secure(plain, server.host, tls);
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

function connectTo(server: DatabaseServer): Socket {
  // The driver takes its own listeners away with the end of a socket; an error that comes after must not end the process.
  return connectPlain(server)
    .on('error', () => undefined)
    .setKeepAlive(true, keepAliveMs);
}

/** `prefer` and `require` accept any certificate, `verify-ca` those of an authority, whatever their name. */
function secure(
  plain: Socket,
  host: string,
  { mode, direct, ca, cert, key, passphrase, own }: DatabaseTls,
): TLSSocket {
  const socket = connectTls({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: mode.startsWith('verify-'),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    ...(direct ? { ALPNProtocols: ['postgresql'] } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...own,
  });
  return socket.on('error', () => undefined);
}

/** Resolves to the value of the socket's next event of that name; rejects when the socket ends instead. */
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
