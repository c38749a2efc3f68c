// Headless Chromium with a temporary profile.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type BrowserContext, chromium } from 'playwright-core';

import { findChromium } from './chromium.js';
import { whenFileEnds } from './whenFileEnds.js';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens the browser; it is closed when the test file ends. */
export async function openBrowser(options: { readonly javaScriptEnabled: boolean }): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('there is no Chromium');
  const profile = mkdtempSync(join(tmpdir(), 'hufu-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    ...options,
  });
  whenFileEnds(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });
  return context;
}
