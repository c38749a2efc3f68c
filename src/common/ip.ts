// Whom attempts are counted for: an IPv4 address, or an IPv6 network of 64 bits, which is the least that one customer
// gets and within which a device takes addresses as it likes.

import { isIPv4, isIPv6 } from 'node:net';

/** The name under which all requests count whose address is not known. */
const unknown = 'unknown';

/**
 * The same text for all addresses that count as one, and for every spelling of them.
 *
 * @param address an IP address without a zone, or null when the connection had gone already
 */
export function networkOf(address: string | null): string {
  if (address === null) return unknown;
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return unknown;
  const groups = expand(address);
  // RFC 4291 section 2.5.5.2: an IPv4 address in the last 32 bits, as a dual-stack socket shows it.
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function expand(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupsOf(part: string): readonly number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
