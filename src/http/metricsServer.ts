// The numbers of the node on a port of their own, so that whoever may reach the API cannot read them by that.

import { createServer } from 'node:http';

import { type Log } from '../observability/log.js';
import { type ReadableMetrics } from '../observability/metrics.js';
import { listen } from './listen.js';

export interface MetricsServer {
  /** Resolves to the URL that is listened on, without a slash at the end; rejects when it cannot be. */
  listen(port: number, host: string): Promise<string>;
  close(): void;
}

/** Serves `GET /metrics`, and nothing else. */
export function createMetricsServer(metrics: ReadableMetrics, log: Log): MetricsServer {
  const server = createServer((request, response) => {
    const isAsked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
    if (!isAsked) {
      response.writeHead(404).end();
      return;
    }
    metrics
      .read()
      .then(({ contentType, text }) => {
        response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
      })
      .catch((err: unknown) => {
        log.error({ err }, 'the metrics cannot be read');
        response.writeHead(500).end();
      });
  });

  return {
    listen: (port, host) => listen(server, port, host),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
