// The link with a sign-in code, opened in a real browser on Hufu's own page: in the browser that requested the code it leads
// back to that page, in any other browser it opens no session.

import { build } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';

import { type HufuSession } from '../../src/client/index.js';
import { registerVerified } from '../support/account.js';
import { findChromium } from '../support/chromium.js';
import { type SmtpServer, startSmtp } from '../support/smtpServer.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const executablePath = findChromium();
const html = '<!doctype html><title>App</title><body></body><script type="module" src="/main.js"></script>';

/** A front end that shows the problem of a link from a mail, or its own status. */
const source = `
  import { createSession } from 'hufu/client';
  import { openFromMail } from './examples/client/loginCode.js';
  const { hash } = location;
  history.replaceState(null, '', location.pathname);
  globalThis.session = createSession({ url: '/graphql', storage: 'localStorage' });
  const problem = await openFromMail(session, hash);
  document.body.textContent = problem ?? session.getSnapshot().status;
`;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: '.' },
    tsconfig: 'examples/hosts/vite-react/tsconfig.json',
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

describe.runIf(executablePath !== null)("EMAIL-CODE-04 the link with a sign-in code, on Hufu's page", () => {
  let smtp: SmtpServer;
  let node: RunningNode;
  let email: string;
  let open: () => Promise<BrowserContext>;

  beforeAll(async () => {
    smtp = await startSmtp();
    node = await startNode({ env: { SMTP_URL: smtp.url, EMAIL_CODE_LOGIN: 'true' } });
    email = (await registerVerified(node.url, smtp)).user.email;
    const script = await bundle();
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    whenFileEnds(() => browser.close());
    open = async () => {
      const context = await browser.newContext();
      const serve = (path: string, contentType: string, body: string) =>
        context.route(`${node.url}${path}`, (route) => route.fulfill({ contentType, body }));
      await serve('/app', 'text/html', html);
      await serve('/main.js', 'text/javascript', script);
      return context;
    };
  });

  const shows = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
  /** Requests a code on a page of a browser, and gives the link in the mail. */
  const requestIn = async (context: BrowserContext) => {
    const page = await context.newPage();
    await page.goto(`${node.url}/app`);
    await shows(page, 'signedOut');
    await page.evaluate(
      (to) => (globalThis as unknown as { session: HufuSession }).session.requestLoginCode({ email: to }),
      email,
    );
    const [link = ''] = /http:\S+#code=\d{8}/.exec((await smtp.next(email, /sign-in code/)).text) ?? [];
    return link;
  };

  it('MUST sign in the browser that requested it', async () => {
    const browser = await open();
    const tab = await browser.newPage();
    await tab.goto(await requestIn(browser));
    await shows(tab, 'signedIn');
    expect(tab.url()).toBe(`${node.url}/app`);
  });

  it('MUST tell any other browser where to type the code, and send the code to no server', async () => {
    const [owners, attackers] = [await open(), await open()];
    const link = await requestIn(attackers);
    // Mail scanners open links.
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
    expect((await fetch(link, { method: 'POST' })).status).toBe(405);

    const page = await owners.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url() + (request.postData() ?? '')));
    const consoleTexts: string[] = [];
    page.on('console', (message) => consoleTexts.push(message.text()));
    await page.goto(link);
    expect(await page.locator('h1').innerText()).toBe('Type the code where you asked for it');
    expect(requests).toEqual([`${node.url}/link/loginWithCode`]);
    expect(consoleTexts).toEqual([]);

    const [requesting] = attackers.pages();
    const status = () => (globalThis as unknown as { session: HufuSession }).session.getSnapshot().status;
    expect(await requesting?.evaluate(status)).toBe('signedOut');
  });
});
