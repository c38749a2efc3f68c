// The development pages in a browser without access to other machines, as a person uses them.

import { type BrowserContext, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openBrowser } from '../support/browser.js';
import { findChromium, needsChromium } from '../support/chromium.js';
import { freePort } from '../support/freePort.js';
import { clientSecret, startOidcProvider } from '../support/oidcProvider.js';
import { providerEnv } from '../support/providers.js';
import { startNode } from '../support/startNode.js';

/** The timeout of a browser on a busy machine. */
const timeout = 20_000;

// Scripts for the page, as text: the types of the tests have no DOM.

const reportViolations = `addEventListener('securitypolicyviolation', (violation) => {
  console.error('policy: ' + violation.violatedDirective + ' ' + violation.blockedURI);
});`;

const describeFocus = `(() => {
  const element = document.activeElement;
  const device = element.closest('[data-device]')?.dataset.device;
  const name = element.labels?.[0]?.innerText ?? element.innerText;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return {
    name: device === undefined ? name : device + ': ' + name,
    visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
  };
})()`;

const describePage = `({
  width: document.documentElement.scrollWidth,
  paper: getComputedStyle(document.body).backgroundColor,
})`;

describe('the development pages, offline', async () => {
  if (findChromium() === null) {
    it.skip(needsChromium);
    return;
  }
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${String(port)}/graphql`;
  const acme = await startOidcProvider({ clientId: 'hufu', redirectUris: [redirectUri] });
  const { url } = await startNode({
    env: {
      NODE_ENV: 'development',
      PORT: String(port),
      PROVIDERS: 'acme',
      PROVIDERS_VERIFYING_EMAIL: 'acme',
      PROVIDER_REDIRECT_URIS: redirectUri,
      ...providerEnv('acme', acme.issuer, { clientSecret }),
    },
  });
  const browser = await openBrowser({ javaScriptEnabled: true });
  await stayOffline(browser);

  /** Opens a page; `complaints` are its policy violations, errors and console messages. */
  async function open(path: string, width = 1280, base = url) {
    const page = await browser.newPage();
    page.setDefaultTimeout(timeout);
    await page.setViewportSize({ width, height: 800 });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript({ content: reportViolations });
    onTestFinished(() => page.close());
    const response = await page.goto(`${base}${path}`);
    expect(response?.status()).toBe(200);
    return { page, complaints };
  }

  const state = (page: Page, device: string) => page.locator(`[data-device=${device}] .state`);
  const entry = (page: Page, device: string, name: string) =>
    page.locator(`[data-device=${device}] .log details`, {
      has: page.locator('summary span', { hasText: new RegExp(`^${name}$`) }),
    });
  const supersededSentence =
    /^Signed out at .+: a newer login took the place of this session\. It came from “Ada's laptop”\.$/;

  async function expectText(page: Page, device: string, text: RegExp) {
    await expect.poll(() => state(page, device).innerText(), { timeout }).toMatch(text);
  }

  it('the story shows on the phone at once why its session ended, and each operation with its response', async () => {
    const { page, complaints } = await open('/');

    await page.getByRole('button', { name: 'Play the story' }).click();
    await page.getByText('That is the whole story.').waitFor();

    await expectText(page, 'phone', supersededSentence);
    await expectText(page, 'laptop', /^Signed in\.$/);
    const summaries = (device: string) => page.locator(`[data-device=${device}] summary`).allInnerTexts();
    const words = async (device: string) =>
      (await summaries(device)).map((text) => text.split(/\s+/).join(' '));
    expect(await words('phone')).toEqual([
      'query Me SUPERSEDED',
      'subscription SessionEnded SUPERSEDED',
      'query Me OK',
      'mutation Register RegisterSuccess',
    ]);
    expect(await words('laptop')).toEqual(['subscription SessionEnded waits', 'mutation Login LoginSuccess']);
    const answer = await entry(page, 'phone', 'SessionEnded').getByLabel('Answer').textContent();
    expect(JSON.parse(answer ?? '')).toMatchObject({
      data: { sessionEnded: { reason: 'SUPERSEDED', by: { kind: 'DESKTOP', name: "Ada's laptop" } } },
    });
    // No token is shown whole.
    expect(await page.locator('main').textContent()).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
    expect(complaints).toEqual([]);
  });

  it('each control is reachable by keyboard, with a name and a visible focus, in order', async () => {
    const { page } = await open('/');
    const focused = () => page.evaluate<{ name: string; visible: boolean }>(describeFocus);
    const order: string[] = [];
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab');
        const now = await focused();
        order.push(now.name);
        expect(now.visible, now.name).toBe(true);
        if (now.name === name) return;
      }
      throw new Error(`${name} is not reached: ${order.join(', ')}`);
    };

    await tabTo('phone: Register');
    expect(order).toEqual([
      'See it happen',
      'Explorer',
      'Apollo Sandbox',
      'Email',
      'Password',
      'Play the story',
      'Start over',
      'phone: Register',
    ]);
    await page.keyboard.press('Enter');
    await expectText(page, 'phone', /^Signed in\.$/);
    await tabTo('laptop: Sign in');
    await page.keyboard.press('Space');

    await expectText(page, 'phone', supersededSentence);
    // A screen reader announces it, and the focus does not move.
    expect(await focused()).toMatchObject({ name: 'laptop: Sign in' });
    await page.getByRole('log', { name: 'News' }).getByText('Phone: Signed out at').waitFor();
  });

  it('the end of a session that the device has replaced itself is not shown', async () => {
    const { page } = await open('/');
    const press = (device: string, name: string) =>
      page.locator(`[data-device=${device}]`).getByRole('button', { name }).click();
    await press('phone', 'Register');
    await expectText(page, 'phone', /^Signed in\.$/);

    await press('phone', 'Sign in');
    await entry(page, 'phone', 'LoginSuccess').waitFor();
    await press('phone', 'Who am I?');
    await entry(page, 'phone', 'OK').waitFor();
    await expectText(page, 'phone', /^Signed in\.$/);

    await press('phone', 'Sign out');
    await expectText(page, 'phone', /^Signed out at .+: the session was logged out\.$/);
  });

  it('a refusal is shown in the words of the response', async () => {
    const { page } = await open('/');
    await page.getByLabel('Password').fill('password');
    await page.locator('[data-device=laptop]').getByRole('button', { name: 'Register' }).click();

    await entry(page, 'laptop', 'WeakPassword').waitFor();
    await page
      .getByRole('log', { name: 'News' })
      .getByText(/^Laptop: .*password/i)
      .waitFor();
    expect(await state(page, 'laptop').innerText()).toBe('Not signed in.');
  });

  it('a person signs in by keyboard with a code of the app, and with a passkey as second factor and alone', async () => {
    const { page, complaints } = await open('/', 1280, url.replace('127.0.0.1', 'localhost'));
    const client = await browser.newCDPSession(page);
    await client.send('WebAuthn.enable');
    await client.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const news = page.getByRole('log', { name: 'News' });
    const press = async (device: string, name: string) => {
      await page.locator(`[data-device=${device}]`).getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    /** Waits until an operation has had a result this many times. */
    const done = (name: string, result: string, times = 1) => {
      const summaries = page.locator('[data-device=browser] .log summary', { hasText: ` ${name}${result}` });
      return expect.poll(() => summaries.count(), { timeout }).toBe(times);
    };

    await press('phone', 'Register');
    await expectText(page, 'phone', /^Signed in\.$/);
    await press('browser', 'Sign in with the password');
    await done('Login', 'LoginSuccess');
    await expectText(page, 'phone', /It came from “Ada's browser”\.$/);

    await press('browser', 'Add an authenticator app');
    await news.getByText('An authenticator app was added').waitFor();
    await press('browser', 'Add a passkey');
    await news.getByText('A passkey was added').waitFor();

    await press('browser', 'Sign in with the password');
    await done('Login', 'SecondFactorRequired');
    await press('browser', 'Send a code of the app');
    await done('CompleteLogin', 'LoginSuccess');

    await press('browser', 'Sign in with the password');
    await done('Login', 'SecondFactorRequired', 2);
    await press('browser', 'Use the passkey');
    await done('CompleteLogin', 'LoginSuccess', 2);
    await expectText(page, 'browser', /^Signed in\.$/);

    await press('browser', 'Use the passkey');
    await done('CompletePasskeyLogin', 'LoginSuccess');
    expect(await page.locator('main').textContent()).not.toMatch(/eyJ[\w-]+\.[\w-]+\.|"[\w-]{64}"/);
    expect(complaints).toEqual([]);
  });

  it('at an IP the page explains that passkeys work on localhost', async () => {
    const { page } = await open('/');
    await page.locator('[data-device=browser]').getByRole('button', { name: 'Use the passkey' }).click();
    await page.getByRole('log', { name: 'News' }).getByText('open this page at http://localhost:').waitFor();
  });

  it('a person signs in at a provider and returns to the page signed in', async () => {
    const { page } = await open('/graphql');
    await page.getByRole('button', { name: 'Sign in with acme' }).click();
    await page.locator('input[name=login]').fill('ada');
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();

    await expectText(page, 'browser', /^Signed in\.$/);
    await entry(page, 'browser', 'CompleteProviderLogin').getByText('RegisterSuccess').first().waitFor();
    // The URL has no parameters left, so that a reload completes nothing.
    expect(page.url()).toBe(redirectUri);
  });

  it('the explorer runs the prepared operations and puts their tokens into the headers', async () => {
    const { page, complaints } = await open('/explorer');
    const status = page.getByRole('status');
    const answer = page.locator('.graphiql-response');
    const run = async (tab: string) => {
      await page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${tab}$`) }).click();
      await page.locator('.graphiql-tab-active', { hasText: tab }).waitFor();
      await page.getByRole('button', { name: /Execute query|Run query/i }).click();
    };
    // Monaco writes spaces that do not break.
    const text = async () => (await answer.innerText()).replaceAll('\u00a0', ' ');

    await run('Register');
    await expect.poll(() => status.innerText(), { timeout }).toMatch(/^The phone is signed in\./);
    await run('Me');
    await expect.poll(text, { timeout }).toMatch(/"current": true/);
    await run('Login');
    await expect.poll(() => status.innerText(), { timeout }).toMatch(/^The laptop is signed in\./);
    await run('Session');
    await expect.poll(text, { timeout }).toMatch(/"reason": "SUPERSEDED"/);
    // A subscription with an ended session's token is closed with 4403.
    await run('SessionEnded');
    await expect.poll(text, { timeout }).toMatch(/4403/);
    expect(complaints).toEqual([]);
  }, 90_000);

  it.each(['/', '/explorer', '/sandbox'])('%s fits into 360 px, light and dark', async (path) => {
    const { page } = await open(path, 360);
    if (path === '/') {
      await page.locator('[data-device=phone]').getByRole('button', { name: 'Register' }).click();
      await entry(page, 'phone', 'RegisterSuccess').waitFor();
    }
    if (path === '/explorer') await page.locator('.graphiql-response').waitFor();
    const papers = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { width, paper } = await page.evaluate<{ width: number; paper: string }>(describePage);
      expect(width).toBeLessThanOrEqual(360);
      papers.add(paper);
    }
    expect(papers.size).toBe(2);
  });

  it('the Sandbox page links to the explorer when the Sandbox cannot be loaded', async () => {
    const { page } = await open('/');
    await page.getByRole('link', { name: 'Apollo Sandbox' }).click();

    await page.getByText('could not be loaded').waitFor();
    await page.getByRole('link', { name: 'Explorer' }).click();
    await page.waitForURL('**/explorer');
  });

  it('the Sandbox gets the operations and the URL of this server', async () => {
    const { page } = await open('/graphql');
    await page.route('https://embeddable-sandbox.cdn.apollographql.com/**', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        headers: { 'cross-origin-resource-policy': 'cross-origin' },
        body: 'function EmbeddedSandbox(options) { document.title = JSON.stringify(options); }',
      }),
    );
    await page.goto(`${url}/sandbox`);
    await expect.poll(() => page.title(), { timeout }).toMatch(/^\{/);

    const options = JSON.parse(await page.title()) as { initialState: { document: string } };
    expect(options).toMatchObject({
      initialEndpoint: `${url}/graphql`,
      initialState: { headers: { authorization: 'Bearer <phone token>' }, includeCookies: false },
    });
    expect(options.initialState.document).toContain('mutation Login(');
  });

  it('without JavaScript the pages show the operations as text', async () => {
    const plain = await openBrowser({ javaScriptEnabled: false });
    const page = await plain.newPage();
    for (const [path, words] of [
      ['/', 'npm run demo'],
      ['/explorer', 'copy the operations'],
      ['/sandbox', 'copy the operations'],
    ] as const) {
      await page.goto(`${url}${path}`);
      expect(await page.locator('main').innerText()).toContain(words);
    }
    await page.goto(url);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByText('The operations as text').click();
    expect(await page.getByText(`curl ${url}/graphql`).first().isVisible()).toBe(true);
  });
});

const ownHosts = new Set(['127.0.0.1', 'localhost']);

/** Aborts every request to another machine. */
async function stayOffline(browser: BrowserContext): Promise<void> {
  await browser.route('**/*', (route) =>
    ownHosts.has(new URL(route.request().url()).hostname) ? route.continue() : route.abort(),
  );
}
