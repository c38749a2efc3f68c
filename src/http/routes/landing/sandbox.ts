// Apollo's hosted Sandbox with the operations filled in. Its script and its frame come from the internet.

import { type HttpResponse } from '../../responses.js';
import { renderDocument } from './document.js';

/** Where Sandbox's script comes from. */
const cdn = 'https://embeddable-sandbox.cdn.apollographql.com';
/** Where the frame comes from that the script opens. */
const frame = 'https://sandbox.embed.apollographql.com';

export const sandboxPage: HttpResponse = renderDocument({
  path: '/sandbox',
  title: 'Apollo Sandbox',
  head: '<script type="module" src="/assets/sandbox.js"></script>',
  body: `<main class="whole">
<h1 class="unseen">Apollo Sandbox</h1>
<p id="status" class="strip" role="status">Loading Apollo Sandbox from the internet…</p>
<noscript><p class="box">Apollo Sandbox needs JavaScript. Without it, copy the operations from <a href="/graphql">the first page</a>.</p></noscript>
<div id="sandbox" data-script="${cdn}/v2/embeddable-sandbox.umd.production.min.js" data-frame="${frame}"></div>
</main>`,
  allows: { 'script-src': `'self' ${cdn}`, 'frame-src': frame },
  // Sandbox opens a window of its own to sign in to Apollo.
  headers: ['cross-origin-opener-policy', 'same-origin-allow-popups'],
});
