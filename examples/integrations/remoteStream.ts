import { createServer, type Server, type ServerResponse } from 'node:http';

import { type RemoteHufu } from 'hufu/remote';

/** Server-sent events that end with the session of their request. */
export function createPrices(hufu: RemoteHufu, follow: (response: ServerResponse) => () => void): Server {
  return createServer((request, response) => {
    void hufu.context(request).then(({ hufu: { session } }) => {
      if (session.kind !== 'active') {
        response.writeHead(session.kind === 'unavailable' ? 503 : 401).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      const stop = follow(response);
      const unwatch = hufu.watch(session.session, () => response.destroy());
      response.once('close', () => {
        stop();
        unwatch();
      });
    });
  });
}
