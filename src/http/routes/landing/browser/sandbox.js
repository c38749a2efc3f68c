// Loads Apollo Sandbox from its CDN and fills it with the operations.

import { documents, person, phone, signInVariables, tokenPlaceholder } from './operations.js';

const status = /** @type {HTMLElement} */ (document.querySelector('#status'));
const target = /** @type {HTMLElement} */ (document.querySelector('#sandbox'));
const { script: scriptUrl = '', frame: frameOrigin = '' } = target.dataset;

/** How long Sandbox may take to speak, in milliseconds. */
const timeoutMs = 10_000;

const failed = () => {
  status.textContent =
    'Apollo Sandbox could not be loaded: it comes from the internet. The explorer needs no internet.';
};
const timeout = setTimeout(failed, timeoutMs);
addEventListener('message', (event) => {
  if (event.origin !== frameOrigin) return;
  clearTimeout(timeout);
  status.textContent = '';
});

/** @typedef {new (options: object) => unknown} Sandbox */

const script = document.createElement('script');
script.src = scriptUrl;
script.onerror = failed;
script.onload = () => {
  const { EmbeddedSandbox } = /** @type {{ EmbeddedSandbox?: Sandbox }} */ (
    /** @type {unknown} */ (globalThis)
  );
  if (EmbeddedSandbox === undefined) {
    failed();
    return;
  }
  new EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: new URL('/graphql', location.href).href,
    endpointIsEditable: false,
    hideCookieToggle: true,
    runTelemetry: false,
    // The page's own stylesheet sizes the frame; a policy that allowed inline styles would be weaker.
    allowDynamicStyles: false,
    initialState: {
      document: documents.join('\n'),
      variables: signInVariables(person, phone),
      headers: { authorization: `Bearer ${tokenPlaceholder(phone)}` },
      includeCookies: false,
    },
  });
};
document.head.append(script);
