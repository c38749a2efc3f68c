// How much one client may send: enough for any that means well, and soon spent by one that floods.

export interface MessageBudget {
  /** Takes one message off; false when the client has sent too many, or too much, in a short time. */
  spend(bytes: number): boolean;
}

const windowMs = 10_000;
const maxMessages = 200;
const maxBytes = 1_048_576;

export function createMessageBudget(): MessageBudget {
  let startedAt = performance.now();
  let messages = 0;
  let bytes = 0;

  return {
    spend(size) {
      const now = performance.now();
      if (now - startedAt > windowMs) {
        startedAt = now;
        messages = 0;
        bytes = 0;
      }
      messages += 1;
      bytes += size;
      return messages <= maxMessages && bytes <= maxBytes;
    },
  };
}
