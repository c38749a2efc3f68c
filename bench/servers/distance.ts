// A network with a given round trip between a server and its database: delays the bytes of the database by the whole round trip,
// since Node's timers are not exact below 1 ms.

import { connect, createServer, type Socket } from 'node:net';

const target = new URL(process.env['TARGET'] ?? '');
let delayMs = 0;

createServer((client) => {
  const database = connect(Number(target.port), target.hostname);
  client.setNoDelay(true);
  database.setNoDelay(true);
  client.pipe(database);
  passLate(database, client);
  for (const [socket, other] of [
    [client, database],
    [database, client],
  ] as const) {
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.destroy());
  }
}).listen(Number(process.env['PORT']), '127.0.0.1');

/** Delays each piece by a round trip, however many pieces are pending. */
function passLate(from: Socket, onto: Socket): void {
  from.on('data', (piece) => {
    if (delayMs === 0) onto.write(piece);
    else setTimeout(() => !onto.destroyed && onto.write(piece), delayMs);
  });
}

process.on('message', (question) => {
  if (typeof question !== 'number') return;
  delayMs = question;
  process.send?.({ answer: null });
});
process.on('disconnect', () => process.exit());
