// A TCP proxy between a node and its database, whose faults the test turns on and off.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { freePort } from '../support/freePort.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

export interface Proxy {
  /** The database's URL through the proxy. */
  readonly url: string;
  /** Passes everything on from now on, and delivers the bytes that it held back. */
  pass(): Promise<void>;
  /** Resets every connection and refuses new ones. */
  refuse(): void;
  /** Resets every connection; new ones pass. */
  cut(): void;
  /** Holds back every byte in both directions, on connections that exist and on new ones. */
  silence(): void;
  /** Silences the existing connections for good; new ones pass. */
  strand(): void;
  /** Resets every connection; new ones lead to another server. */
  switchTo(target: string): void;
  /** Leaves the connections that exist as they are; new ones lead to another server. */
  redirect(target: string): void;
  /** Delays every piece by so many milliseconds, in each direction. */
  slow(delayMs: number): void;
  /** Counts the pieces that the node has sent so far: at least one for every statement. */
  pieces(): number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  stranded: boolean;
}

/** @param target the database's own URL */
export async function startProxy(target: string): Promise<Proxy> {
  let to = new URL(target);
  const links = new Set<Link>();
  let silent = false;
  let delayMs = 0;
  let pieces = 0;

  const forward = (link: Link, from: Socket, onto: Socket) => {
    let held: Buffer[] = [];
    let delivered = Promise.resolve();
    const deliver = async (chunk: Buffer) => {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!silent && !link.stranded && !onto.destroyed) onto.write(chunk);
      else held.push(chunk);
    };
    from.on('data', (chunk) => {
      delivered = delivered.then(() => deliver(chunk));
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      // A silent peer does not close its connection either.
      if (!silent && !link.stranded) onto.destroy();
    });
    return () => {
      for (const chunk of held) onto.write(chunk);
      held = [];
    };
  };

  const release = new Map<Link, readonly (() => void)[]>();
  const accept = (client: Socket) => {
    const server = connect(Number(to.port === '' ? '5432' : to.port), to.hostname);
    const link: Link = { client, server, stranded: false };
    links.add(link);
    client.on('data', () => (pieces += 1));
    release.set(link, [forward(link, client, server), forward(link, server, client)]);
    client.once('close', () => {
      links.delete(link);
      release.delete(link);
    });
  };

  // Not an ephemeral port: while the proxy refuses, another connection could take it.
  const port = await freePort();
  let listener = await listen(accept, port);
  const url = new URL(target);
  url.host = `127.0.0.1:${String(port)}`;

  const cut = () => {
    for (const { client, server } of links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  };
  whenFileEnds(() => {
    cut();
    listener.close();
    return Promise.resolve();
  });

  return {
    url: url.href,
    cut,
    async pass() {
      silent = false;
      delayMs = 0;
      if (!listener.listening) listener = await listen(accept, port);
      for (const [link, acts] of release)
        if (!link.stranded)
          acts.forEach((act) => {
            act();
          });
    },
    refuse() {
      listener.close();
      cut();
    },
    silence() {
      silent = true;
    },
    strand() {
      for (const link of links) link.stranded = true;
    },
    switchTo(other) {
      to = new URL(other);
      cut();
    },
    redirect(other) {
      to = new URL(other);
    },
    slow(ms) {
      delayMs = ms;
    },
    pieces: () => pieces,
  };
}

async function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer(accept);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
