// Sign-ins at the providers that this server has, on the browser's part of the page. The person returns to this page, if
// PROVIDER_REDIRECT_URIS has its URI.

import { send } from './client.js';
import { find, tell } from './screen.js';
import { browser, completeProviderLogin, startProviderLogin } from './waysInOperations.js';

/** @import { Fields, Screen } from './screen.js' */

/** Where this tab keeps the challenge's token while the person is away. */
const key = 'providerLogin';

/**
 * Adds a button for each provider.
 *
 * @param {Screen} screen
 */
export async function offerProviders(screen) {
  const answer = await send({ query: '{ providers { id } }' }, {}).catch(() => null);
  const providers = /** @type {readonly { readonly id: string }[]} */ (answer?.data?.['providers'] ?? []);
  const buttons = providers.map(({ id }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = `Sign in with ${id}`;
    button.addEventListener('click', () => void goTo(screen, id));
    return button;
  });
  find(screen.part, '.buttons', HTMLElement).append(...buttons);
}

/**
 * @param {Screen} screen
 * @param {string} provider
 */
async function goTo(screen, provider) {
  const redirectUri = location.origin + location.pathname;
  const started = await screen.ask(startProviderLogin, { input: { provider, redirectUri } });
  if (started?.['__typename'] !== 'ProviderLoginStarted') return;
  const { url, challenge } = /** @type {{ url: string, challenge: { token: string } }} */ (started);
  sessionStorage.setItem(key, challenge.token);
  location.assign(url);
}

/**
 * Completes the sign-in that the person comes back from.
 *
 * @param {Screen} screen
 * @returns {Promise<Fields | null>} the result; null where there is none
 */
export async function returnFromProvider(screen) {
  const challengeToken = sessionStorage.getItem(key);
  const parameters = new URLSearchParams(location.search);
  const [state, code, iss] = ['state', 'code', 'iss'].map((name) => parameters.get(name));
  if (challengeToken === null || state === null) return null;
  sessionStorage.removeItem(key);
  history.replaceState(null, '', location.pathname);
  if (code === null) {
    tell(`${browser.title}: you were not signed in by the provider.`);
    return null;
  }
  const { kind, name } = browser;
  const input = { challengeToken, state, code, iss, device: { kind, name } };
  return screen.signIn(completeProviderLogin, { input });
}
