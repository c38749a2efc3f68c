// The limits for clients of a guard: those of a node, except where the guard waits for another server or holds its messages.

import { defaultHttpLimits, type HttpLimits } from '../http/limits.js';

/** How long nothing may pass between the guard and the server behind while it answers, in milliseconds. */
export const upstreamTimeoutMs = 60_000;

export const guardLimits: HttpLimits = {
  ...defaultHttpLimits,
  // Uploads take longer than the requests of a node.
  requestMs: 300_000,
  // After the guard has given up on the server behind, and has said so.
  silenceMs: upstreamTimeoutMs + 15_000,
  // A piece of an answer, or a message of up to 1 MiB.
  deliveryMs: 60_000,
  maxHeldBytes: 134_217_728,
};
