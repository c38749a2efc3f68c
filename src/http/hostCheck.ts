// DNS rebinding: a page of any site can point its own name at 127.0.0.1 and then read the answers of a server on this
// machine as its own. The browser still sends the page's name as Host. Nobody but a browser on this machine is meant
// to use a development server by a name, so other names are refused.

import { isIP } from 'node:net';

/** A name or an IP, in brackets where it is IPv6, perhaps with a port. */
const host = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s[\]]+))(?::\d*)?$/i;

/**
 * Tells whether a Host header has an IP, `localhost`, a name below it, or one of `names`. A request of HTTP/1.0
 * without the header passes: no browser sends it.
 */
export function createHostCheck(names: readonly string[]): (header: string | undefined) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (header) => {
    if (header === undefined) return true;
    const [, ipv6, other] = host.exec(header) ?? [];
    const name = (ipv6 ?? other ?? '').toLowerCase().replace(/\.$/, '');
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || known.has(name);
  };
}
