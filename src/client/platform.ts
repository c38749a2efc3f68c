// What the client uses of the platform: a browser, a worker, React Native, or a server that renders pages. All but `fetch`
// may be missing. The types are written out, so that neither the DOM's nor Node's have to be loaded.

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
}

/** The Web Locks of the tabs of one origin. */
export interface Locks {
  request<T>(name: string, options: LockOptions, work: () => Promise<T>): Promise<T>;
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
  addEventListener?(type: 'storage', listener: (event: { readonly key: string | null }) => void): void;
  removeEventListener?(type: 'storage', listener: (event: { readonly key: string | null }) => void): void;
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

/** Makes a URL absolute. A path is relative to the page. */
export function absoluteUrl(url: string): URL {
  return new URL(url, platform.location?.href);
}
