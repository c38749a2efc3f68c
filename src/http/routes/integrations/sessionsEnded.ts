// `GET /sessions/ended`: the feed as server-sent events, for services with the scope `feed`. `Last-Event-ID` resumes it, on
// any node.

import { type Feed } from '../../../integrations/feed.js';
import { isCursor } from '../../../sessions/endings.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import { authenticateService, oauthError } from '../../serviceAuthentication.js';
import { type IntegrationParts, integrationRoute, type IntegrationRoute } from './parts.js';

const noCursor = oauthError(400, 'invalid_request', 'The Last-Event-ID is none that this feed has given.');

const eventStream = ['content-type', 'text/event-stream; charset=utf-8', 'x-accel-buffering', 'no'];

export function createSessionsEndedRoute(parts: IntegrationParts, feed: Feed): IntegrationRoute {
  return integrationRoute('/sessions/ended', 'GET', async (exchange) => {
    const { request, response, pending } = exchange;
    if (!pending.admit()) return errorResponses.busy;
    const authenticated = await authenticateService(parts, exchange, 'feed');
    if (authenticated.kind === 'refused') return authenticated.answer;
    const given = request.headers['last-event-id'];
    if (given !== undefined && !(typeof given === 'string' && isCursor(given))) return noCursor;
    const { service } = authenticated;
    if (!feed.hasRoom()) return errorResponses.busy;
    const stream = () => {
      const consumer = {
        service,
        send: (bytes: Uint8Array) => response.write(bytes),
        waitingBytes: () => response.writableLength,
        end: () => response.end(),
        cut: () => response.destroy(),
      };
      response.once('close', feed.join(consumer, given ?? null));
    };
    const report = { service: service.name, resumed: given !== undefined };
    return { status: 200, headers: eventStream, body: '', stream, report } satisfies HttpResponse;
  });
}
