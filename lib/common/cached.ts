/** Values kept in memory, with a limit. */

/** Sets a key as the newest entry of the map, and drops the oldest one beyond `max` entries. */
export const setBounded = <Key, Value>(
  map: Map<Key, Value>,
  [key, value]: readonly [Key, Value],
  max: number,
): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
};

/** Whether a value read at `began` may be used. Its age is negative after the clock stepped back: then it may not. */
export const isFresh = (began: number, seconds: number, now: number): boolean =>
  now >= began && now - began < seconds * 1000;

export type CacheOptions = {
  readonly seconds: number;
  /** Entries in memory. @default 1000 */
  readonly max?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};
/** `forget` makes the next call read again. */
export type Cached<Value> = ((id: string) => Promise<Value | undefined>) & { readonly forget: (id: string) => void };

/**
 * Caches what `read` finds, for handlers that need the same directory on every request. Concurrent callers share one
 * read; "not found" and failures are not cached.
 */
export function cached<Value>(
  read: (id: string) => Promise<Value | undefined>,
  { seconds, max = 1000, now = Date.now }: CacheOptions,
): Cached<Value> {
  type Entry = { readonly began: number; readonly value: Promise<Value | undefined> };
  const entries = new Map<string, Entry>();

  const load = (id: string): Promise<Value | undefined> => {
    const forget = () => {
      if (entries.get(id) === entry) entries.delete(id);
    };
    const value = read(id).then(
      (found) => {
        if (found === undefined) forget();
        return found;
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    const entry: Entry = { began: now(), value };
    setBounded(entries, [id, entry], max);
    return value;
  };

  const find = (id: string) => {
    const entry = entries.get(id);
    return entry !== undefined && isFresh(entry.began, seconds, now()) ? entry.value : load(id);
  };
  return Object.assign(find, { forget: (id: string) => void entries.delete(id) });
}
