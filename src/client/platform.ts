// The parts of the platform that the client uses: a browser, a worker, React Native, or a server that renders pages. All but
// `fetch` may be missing. The types are written out, so that neither the DOM's nor Node's have to be loaded.

export interface PlatformSocket {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LockOptions {
  readonly mode?: 'exclusive' | 'shared';
  readonly signal?: AbortSignal;
  /** Takes the lock from the tab that holds it: that tab's request rejects. */
  readonly steal?: boolean;
}

/** The Web Locks of the tabs of one origin. */
export interface Locks {
  request<T>(name: string, options: LockOptions, work: () => Promise<T>): Promise<T>;
}

/** Carries messages to the other tabs of one origin. */
export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: string): void;
  close(): void;
}

export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

interface Platform {
  readonly WebSocket?: new (url: string, protocol: string) => PlatformSocket;
  readonly localStorage?: KeyValueStorage;
  readonly sessionStorage?: KeyValueStorage;
  readonly location?: { readonly href: string };
  readonly navigator?: { readonly locks?: Locks };
  readonly BroadcastChannel?: new (name: string) => Channel;
  readonly document?: {
    readonly visibilityState?: string;
    addEventListener?: (type: PageEvent, listener: () => void) => void;
    removeEventListener?: (type: PageEvent, listener: () => void) => void;
  };
  addEventListener?: Listening;
  removeEventListener?: Listening;
}

type PageEvent = 'visibilitychange' | 'resume';

interface Listening {
  (type: 'storage', listener: (event: { readonly key: string | null }) => void): void;
  (type: 'pageshow' | 'online', listener: () => void): void;
}

export const platform = globalThis as unknown as Platform;

/** Returns a storage of the browser; null where there is none, or the browser denies it. */
export function storageOf(kind: 'localStorage' | 'sessionStorage'): KeyValueStorage | null {
  try {
    return platform[kind] ?? null;
  } catch {
    return null;
  }
}

/**
 * Calls the listener when the page may have slept: it is shown again, the browser has thawed it or taken it back from the
 * cache of its button "Back", or the network is there again. The returned function ends that.
 */
export function onWake(listener: () => void): () => void {
  const { document } = platform;
  const onVisibility = () => {
    if (document?.visibilityState === 'visible') listener();
  };
  document?.addEventListener?.('visibilitychange', onVisibility);
  document?.addEventListener?.('resume', listener);
  platform.addEventListener?.('pageshow', listener);
  platform.addEventListener?.('online', listener);
  return () => {
    document?.removeEventListener?.('visibilitychange', onVisibility);
    document?.removeEventListener?.('resume', listener);
    platform.removeEventListener?.('pageshow', listener);
    platform.removeEventListener?.('online', listener);
  };
}

/** A text that a page leaves in a storage of the browser for another page, such as the token of a challenge. */
export interface KeptText {
  keep(text: string): void;
  /** Null where nothing is kept. */
  read(): string | null;
  forget(): void;
}

/** Keeps a text in a storage of the browser; in memory where the browser has none or denies it. */
export function keptText(kind: 'localStorage' | 'sessionStorage', key: string): KeptText {
  const storage = storageOf(kind);
  /** The text that the storage did not take. It lasts as long as the page. */
  let kept: string | null = null;
  return {
    keep(text) {
      kept = storage === null ? text : null;
      try {
        storage?.setItem(key, text);
      } catch {
        kept = text;
      }
    },
    read() {
      try {
        return kept ?? storage?.getItem(key) ?? null;
      } catch {
        return null;
      }
    },
    forget() {
      kept = null;
      try {
        storage?.removeItem(key);
      } catch {
        // Nothing was kept there.
      }
    },
  };
}

/**
 * Makes a URL absolute. A path is relative to the page. A server that renders pages has none: the host of the result then
 * never resolves.
 */
export function absoluteUrl(url: string): URL {
  return new URL(url, platform.location?.href ?? 'http://no-page.invalid');
}

/** Gives the work a signal that aborts it in time; Safari 15 and React Native have no `AbortSignal.timeout`. */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, ms);
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a random UUID. `crypto.randomUUID` is missing where a page is served without TLS. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  // Version 4 (RFC 9562 section 5.4).
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
