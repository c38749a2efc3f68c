// Sign-ins by a mailed code with `hufu/client`: the link in the mail signs in the browser that requested it, and no other.

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { openFromMail } from '../../examples/client/loginCode.js';
import { createSession, type HufuSession, loginCodeIn } from '../../src/client/index.js';
import { registerVerified } from '../support/account.js';
import { browserStorage, deniedStorage } from '../support/browserStorage.js';
import { gate } from '../support/gate.js';
import { type SmtpServer, startSmtp } from '../support/smtpServer.js';
import { type RunningNode, startNode } from '../support/startNode.js';

describe('EMAIL-CODE-03 the link with a sign-in code', () => {
  let smtp: SmtpServer;
  let node: RunningNode;
  let email: string;
  let requests: number;
  const sessions: HufuSession[] = [];

  beforeAll(async () => {
    smtp = await startSmtp();
    const linkBase = { LINK_BASE_URL: 'https://app.example.com/mail' };
    const policy = { SESSION_OVERFLOW: 'ask', RATE_LIMITS: 'off' };
    node = await startNode({ env: { SMTP_URL: smtp.url, EMAIL_CODE_LOGIN: 'true', ...linkBase, ...policy } });
  });

  beforeEach(async () => {
    email = (await registerVerified(node.url, smtp)).user.email;
    requests = 0;
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', (...parameters: Parameters<typeof fetch>) => {
      requests += 1;
      return fetch(...parameters);
    });
  });

  afterEach(() => {
    for (const session of sessions.splice(0)) session.stop();
    vi.unstubAllGlobals();
  });

  /** Opens a page in a browser: it knows only what the browser has stored. */
  const openIn = (browser: object | undefined) => {
    vi.stubGlobal('localStorage', browser);
    const session = createSession({ url: `${node.url}/graphql` });
    sessions.push(session);
    return session;
  };
  /** Reads the link in the next mail. */
  const nextLink = async () => {
    const [, link = ''] = /(https:\S+)/.exec((await smtp.next(email, /sign-in code/)).text) ?? [];
    return new URL(link);
  };
  const takeover = { takeover: true };
  /** Holds back the answer to the next request until `letThrough`. */
  const holdNextAnswer = () => {
    const [answered, held] = [gate(), gate()];
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
      vi.stubGlobal('fetch', fetch);
      const response = await fetch(...parameters);
      answered.open();
      await held.opened;
      return response;
    });
    return { answered: answered.opened, letThrough: held.open };
  };

  test('MUST lead to the front end with the code in the fragment, which no server receives', async () => {
    await openIn(browserStorage()).requestLoginCode({ email });
    const { href, hash } = await nextLink();
    expect(href).toMatch(/^https:\/\/app\.example\.com\/mail\/loginWithCode#code=\d{8}$/);
    expect(loginCodeIn(hash)).toMatch(/^\d{8}$/);
    for (const other of ['', '#', '#code=', '#code=1234567', '#code=123456789', '#/orders'])
      expect(loginCodeIn(other)).toBeNull();
  });

  test('MUST sign in another tab of the browser that requested it, which then forgets the challenge', async () => {
    const browser = browserStorage();
    await openIn(browser).requestLoginCode({ email });
    const { hash } = await nextLink();
    const tab = openIn(browser);
    // The policy asks before it ends the other session: the code still works.
    expect(await openFromMail(tab, hash)).toMatch(/signed in/i);
    const result = await tab.loginWithCode({ code: loginCodeIn(hash) ?? '', ...takeover });
    expect(result).toMatchObject({ __typename: 'LoginSuccess' });
    expect(tab.getSnapshot().status).toBe('signedIn');
    expect(browser.entries.size).toBe(0);
    expect(await tab.loginWithCode({ code: '12345678' })).toBeNull();
  });

  test('MUST work although the user requested it while an earlier code was being checked', async () => {
    const session = openIn(browserStorage());
    await session.requestLoginCode({ email });
    const first = await nextLink();
    const { answered, letThrough } = holdNextAnswer();
    const signingIn = session.loginWithCode({ code: loginCodeIn(first.hash) ?? '', ...takeover });
    await answered;
    await session.requestLoginCode({ email });
    const second = await nextLink();
    letThrough();
    await signingIn;
    const result = await session.loginWithCode({ code: loginCodeIn(second.hash) ?? '', ...takeover });
    expect(result).toMatchObject({ __typename: 'LoginSuccess' });
  });

  test('MUST work for the newest code, whichever request is answered last', async () => {
    const session = openIn(browserStorage());
    const { answered, letThrough } = holdNextAnswer();
    const asking = session.requestLoginCode({ email });
    await answered;
    await nextLink();
    await session.requestLoginCode({ email });
    const { hash } = await nextLink();
    letThrough();
    await asking;
    const result = await session.loginWithCode({ code: loginCodeIn(hash) ?? '', ...takeover });
    expect(result).toMatchObject({ __typename: 'LoginSuccess' });
  });

  test('MUST send no request and open no session, in a browser that requested no code', async () => {
    const asking = openIn(browserStorage());
    await asking.requestLoginCode({ email });
    const { hash } = await nextLink();
    const other = openIn(browserStorage());
    requests = 0;
    expect(await openFromMail(other, hash)).toMatch(/on the device and the page where you asked/);
    expect(await openFromMail(other, '')).toBeNull();
    expect(requests).toBe(0);
    expect(other.getSnapshot().status).toBe('signedOut');
    expect(await asking.loginWithCode({ code: '0000 0000', ...takeover })).toMatchObject({ triesLeft: 4 });
  });

  test('MUST NOT sign an attacker who requested it in when the account owner opens it', async () => {
    const owners = openIn(browserStorage());
    await owners.requestLoginCode({ email });
    const own = await nextLink();
    const attackers = openIn(browserStorage());
    await attackers.requestLoginCode({ email });
    const foreign = await nextLink();
    // The owner's browser has a challenge of its own, for which the attacker's code is wrong.
    expect(await openFromMail(owners, foreign.hash)).toMatch(/code/i);
    expect(owners.getSnapshot().status).toBe('signedOut');
    const attempt = await attackers.loginWithCode({ code: loginCodeIn(own.hash) ?? '', ...takeover });
    expect(attempt).toMatchObject({ __typename: 'CodeRejected' });
    expect(attackers.getSnapshot().status).toBe('signedOut');
    const result = await owners.loginWithCode({ code: loginCodeIn(own.hash) ?? '', ...takeover });
    expect(result).toMatchObject({ __typename: 'LoginSuccess' });
  });

  test.each([
    ['that has no storage', undefined],
    ['that denies its storage', deniedStorage],
  ])('MUST work only in the page that requested it, in a browser %s', async (_name, browser) => {
    const page = openIn(browser);
    await page.requestLoginCode({ email });
    const code = loginCodeIn((await nextLink()).hash) ?? '';
    expect(await openIn(browser).loginWithCode({ code })).toBeNull();
    expect(await page.loginWithCode({ code, ...takeover })).toMatchObject({ __typename: 'LoginSuccess' });
  });
});
