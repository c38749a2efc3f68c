// The routes of emailed links, `/link/<operation>?token=...`. GET shows a page and changes nothing, since programs that
// scan mails open every link. Only the form of that page acts. The link of a sign-in code, `/link/loginWithCode#code=...`,
// brings no token here, and its page has no form.

import { type LinkActs } from '../../../auth/linkActs.js';
import { readForm } from '../../body.js';
import { type HttpRequest, type Route } from '../../route.js';
import { readUserAgent } from '../../requestHeaders.js';
import { errorResponses } from '../../responses.js';
import { type AppInfo } from './page.js';
import { createLinkPages, linkInputIn, linkOperations, linkTokenIn } from './pages.js';

export interface LinkRoute extends Route {
  readonly path: string;
}

/** The methods of a link's page. */
export const linkMethods = 'GET, HEAD, POST';

export const loginCodePath = '/link/loginWithCode';

/**
 * @param acts what the links do
 * @param app the app that the pages name and link to
 */
export function createLinkRoutes(acts: LinkActs, app: AppInfo): readonly LinkRoute[] {
  const pages = createLinkPages(acts, app);
  const ofTokens = linkOperations.map((operation): LinkRoute => ({
    path: `/link/${operation}`,
    allow: linkMethods,
    async answer(exchange) {
      const clientInfo = clientInfoOf(exchange);
      if (exchange.request.method === 'POST') {
        const read = await readForm(exchange);
        if (read.kind === 'refused') return read.answer;
        return pages.use(operation, linkInputIn(read.fields), clientInfo);
      }
      if (!exchange.pending.admit()) return errorResponses.busy;
      return pages.show(operation, linkTokenIn(exchange.target.search), clientInfo);
    },
  }));
  return [...ofTokens, { path: loginCodePath, allow: 'GET, HEAD', answer: () => pages.loginCode }];
}

function clientInfoOf({ request, pending }: HttpRequest) {
  return { ip: pending.ip, userAgent: readUserAgent(request.headers['user-agent']) };
}
