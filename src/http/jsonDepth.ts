// How deeply JSON nests, told before it is parsed: what reads or writes it level by level runs out of stack.

/** The deepest that a request needs is an input in variables, with a few levels. */
export const maxJsonDepth = 64;

const quote = 0x22;
const backslash = 0x5c;
/** With this bit, `[` is `{` and `]` is `}`. */
const braceBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/** @param bytes in UTF-8, of whatever may be JSON */
export function isTooDeep(bytes: Uint8Array): boolean {
  // Each level takes an opening and a closing byte, or at least the opening one where the JSON is broken.
  if (bytes.length <= maxJsonDepth) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if ((byte | braceBit) === opening) depth += 1;
    else if ((byte | braceBit) === closing) depth -= 1;
    if (depth > maxJsonDepth) return true;
  }
  return false;
}
