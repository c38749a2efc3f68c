/** Makes a `sessionStorage` or `localStorage`. */
export function browserStorage() {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
}

const denied = () => {
  throw new Error('The user denied permission to access the storage.');
};

/** A storage whose every use throws, as where the user has blocked it. */
export const deniedStorage = { getItem: denied, setItem: denied, removeItem: denied };
