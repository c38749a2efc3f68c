// How many sockets each session has open on this node.

export interface SocketsBySession {
  /** Counts one more; null when the session has as many as it may. The function counts it off again, once. */
  add(sessionId: string): (() => void) | null;
}

/** @param most the most of one session: a browser opens one for each tab */
export function createSocketsBySession(most: number): SocketsBySession {
  const counts = new Map<string, number>();

  return {
    add(sessionId) {
      const count = counts.get(sessionId) ?? 0;
      if (count >= most) return null;
      counts.set(sessionId, count + 1);
      return () => {
        const left = (counts.get(sessionId) ?? 0) - 1;
        if (left > 0) counts.set(sessionId, left);
        else counts.delete(sessionId);
      };
    },
  };
}
