// Collects a request's body, up to a bound.

import { type HttpResponse } from './responses.js';
import { problems } from './errorResponses.js';
import { type PendingRequest } from './pendingRequest.js';

export type ReadBody =
  | { readonly kind: 'complete'; readonly bytes: Uint8Array }
  /** It is too large, or something was wrong on the way; the rest of it has not been read. */
  | { readonly kind: 'refused'; readonly answer: HttpResponse }
  /** The connection ended before the body did. */
  | { readonly kind: 'aborted' };

/** 100 KiB: the longest document that a front end sends has a few. */
export const maxBodyBytes = 102_400;

/** What the connection tells of a request whose body it cannot read on, with the answer that says why. */
export const bodyRefused = Symbol('bodyRefused');

const none = new Uint8Array(0);

/** Never throws. A body that comes in one piece, as nearly all do, is not copied. */
export function readBody(pending: PendingRequest): Promise<ReadBody> {
  const { request } = pending;
  const length = Number(request.headers['content-length'] ?? Infinity);
  return new Promise((settle) => {
    const resolve = (read: ReadBody) => {
      pending.release();
      settle(read);
    };
    let first: Uint8Array = none;
    let rest: Uint8Array[] | null = null;
    let size = 0;
    let refused = false;

    const refuse = (answer: HttpResponse) => {
      refused = true;
      request.pause();
      resolve({ kind: 'refused', answer });
    };
    request.on('data', (chunk: Uint8Array) => {
      if (refused) return;
      size += chunk.length;
      if (size > maxBodyBytes) {
        refuse(problems.bodyTooLarge);
        return;
      }
      if (size === chunk.length) first = chunk;
      else (rest ??= [first]).push(chunk);
      if (size < length) pending.hold(chunk.length);
    });
    request.on('end', () => {
      resolve({ kind: 'complete', bytes: rest === null ? first : Buffer.concat(rest, size) });
    });
    request.on('close', () => {
      resolve({ kind: 'aborted' });
    });
    request.on(bodyRefused, refuse);
  });
}
