// What the landing page's script does, as text for the browser. It loads Apollo Sandbox from its CDN, fills it with
// the operations, and folds their plain text away once Sandbox has spoken; until then, and where it never does, the
// text is what the page shows.

import { landingDocument, landingVariables, tokenField } from './operations.js';

/** Where Sandbox's script comes from. */
export const sandboxCdn = 'https://embeddable-sandbox.cdn.apollographql.com';
/** Where the frame comes from that the script opens. */
export const sandboxFrame = 'https://sandbox.embed.apollographql.com';

const options = {
  target: '#sandbox',
  endpointIsEditable: false,
  hideCookieToggle: true,
  runTelemetry: false,
  // The page's own stylesheet sizes the frame; a policy that allowed inline styles would be weaker.
  allowDynamicStyles: false,
  initialState: {
    document: landingDocument,
    variables: landingVariables,
    headers: { authorization: tokenField },
    includeCookies: false,
  },
};

/** Inside a script element `</script>` in a text would end it. */
const json = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

export const landingScript = `
(() => {
  const status = document.getElementById('status');
  const text = document.getElementById('text');
  const show = (loaded) => {
    text.open = !loaded;
    status.textContent = loaded
      ? ''
      : 'Apollo Sandbox could not be loaded: this computer seems to be offline. Here are the same operations as text.';
  };
  const failed = () => show(false);
  const patience = setTimeout(failed, 10000);
  addEventListener('message', (event) => {
    if (event.origin !== ${json(sandboxFrame)}) return;
    clearTimeout(patience);
    show(true);
  });
  const script = document.createElement('script');
  script.src = ${json(`${sandboxCdn}/v2/embeddable-sandbox.umd.production.min.js`)};
  script.onerror = failed;
  script.onload = () => {
    new window.EmbeddedSandbox({ ...${json(options)}, initialEndpoint: location.origin + '/graphql' });
  };
  document.head.append(script);
})();
`;
