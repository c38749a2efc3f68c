// The front end of examples/hosts/vite-react in a browser: the tabs of one browser share a session and a websocket, and each
// tab shows at once why the session ended when another device signs in.

import { build } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { findChromium } from '../support/chromium.js';
import { login, password, phone, register } from '../support/operations.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const executablePath = findChromium();
// Chromium does not know from which network a page comes that the test answers, and would open no websocket to this machine.
const flags = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
const page = '<!doctype html><div id="root"></div><script type="module" src="/main.js"></script>';

/** Bundles the example as Vite does. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['examples/hosts/vite-react/src/main.tsx'],
    tsconfig: 'examples/hosts/vite-react/tsconfig.json',
    bundle: true,
    write: false,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

describe.runIf(executablePath !== null)('a front end in two browsers', () => {
  let node: RunningNode;
  let script: string;
  let open: () => Promise<BrowserContext>;

  beforeAll(async () => {
    node = await startNode();
    script = await bundle();
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags });
    whenFileEnds(() => browser.close());
    open = async () => {
      const context = await browser.newContext();
      await context.route(`${node.url}/app`, (route) =>
        route.fulfill({ contentType: 'text/html', body: page }),
      );
      await context.route(`${node.url}/main.js`, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: script }),
      );
      return context;
    };
  });

  const openTab = async (context: BrowserContext) => {
    const tab = await context.newPage();
    const sockets: string[] = [];
    tab.on('websocket', (socket) => sockets.push(socket.url()));
    await tab.goto(`${node.url}/app`);
    return { tab, sockets };
  };
  const signIn = async (tab: Page, email: string) => {
    await tab.getByLabel('E-mail').fill(email);
    await tab.getByLabel('Password').fill(password);
    await tab.getByRole('button', { name: 'Sign in' }).click();
    await tab.getByText(`Signed in as ${email}`).waitFor();
  };
  const sentence = async (tab: Page) => tab.getByRole('alert').textContent();

  test('all tabs of a browser sign in and out together, and share one websocket', async () => {
    const [{ user: ann }, { user: bob }] = [await register(node.url), await register(node.url)];
    const device = await open();
    const [first, second] = [await openTab(device), await openTab(device)];
    await signIn(first.tab, ann.email);
    await second.tab.getByText(`Signed in as ${ann.email}`).waitFor();
    await expect.poll(() => first.sockets.length + second.sockets.length).toBeGreaterThan(0);

    // Another browser of the same person.
    const other = await openTab(await open());
    await signIn(other.tab, ann.email);
    const superseded = /because you signed in on another device/;
    for (const { tab } of [first, second]) expect(await sentence(tab)).toMatch(superseded);

    expect(first.sockets.length + second.sockets.length).toBe(1);

    // The sentence names a device that has a name.
    await login(node.url, ann.email, phone);
    expect(await sentence(other.tab)).toContain('another device: Pixel 9.');

    // The next user of the browser sees nothing of the last one.
    await signIn(second.tab, bob.email);
    await first.tab.getByText(`Signed in as ${bob.email}`).waitFor();
    await first.tab.getByRole('button', { name: 'Sign out' }).click();
    expect(await sentence(second.tab)).toBe('You have signed out.');
    // The sentence survives a reload.
    await second.tab.reload();
    expect(await sentence(second.tab)).toBe('You have signed out.');
  });

  test('a tab signs in and learns of the end while a frozen tab holds the locks', async () => {
    const { user: ann } = await register(node.url);
    const device = await open();
    // Holds the locks and does nothing, as a frozen tab does.
    const frozen = await device.newPage();
    await frozen.goto(`${node.url}/health`);
    await frozen.evaluate(`for (const name of ['hufu:hufu:watch', 'hufu:hufu:act'])
      void navigator.locks.request(name, () => new Promise(() => undefined));`);
    const tab = await device.newPage();
    await tab.clock.install();
    await tab.goto(`${node.url}/app`);
    const signedIn = signIn(tab, ann.email);
    await expect
      .poll(async () => {
        await tab.clock.runFor(1_000);
        return tab.getByText(`Signed in as ${ann.email}`).isVisible();
      })
      .toBe(true);
    await signedIn;

    const watched = tab.waitForEvent('websocket');
    await tab.clock.runFor(25_000);
    await (await watched).waitForEvent('framereceived');
    await login(node.url, ann.email, phone);
    expect(await sentence(tab)).toContain('another device: Pixel 9.');

    // One of two running tabs watches the next session for both.
    const { tab: second, sockets } = await openTab(device);
    tab.on('websocket', (socket) => sockets.push(socket.url()));
    await signIn(tab, ann.email);
    await second.getByText(`Signed in as ${ann.email}`).waitFor();
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await tab.clock.runFor(1_000);
      // Gives the messages between the tabs time to arrive.
      for (const page of [second, tab]) await page.evaluate('0');
    }
    expect(sockets).toHaveLength(1);
  });
});
