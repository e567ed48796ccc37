/** Random changes to texts and JSON values, mostly small, so that most of an input stays valid. */
import { isObject, type Json } from '../../lib/scim/index.ts';
import { fragments, hostileNames, hostileValues } from './corpus.ts';
import type { Random } from './random.ts';

type Edit = (text: string, random: Random) => string;
const at = (text: string, { below }: Random) => below(text.length + 1);

const edits: readonly Edit[] = [
  (text, random) => {
    const start = at(text, random);
    return text.slice(0, start) + text.slice(start + 1 + random.below(8));
  },
  (text, random) => {
    const start = at(text, random);
    return text.slice(0, start) + random.pick(fragments) + text.slice(start);
  },
  (text, random) => {
    const start = at(text, random);
    return text.slice(0, start) + random.pick(fragments) + text.slice(start + random.below(12));
  },
  (text, random) => {
    const start = at(text, random);
    const part = text.slice(start, start + 1 + random.below(20));
    return text.slice(0, start) + part.repeat(1 + random.below(12)) + text.slice(start);
  },
  (text, random) => {
    const start = at(text, random);
    return (
      text.slice(0, start) + String.fromCharCode(random.below(random.once(2) ? 0x80 : 0x10000)) + text.slice(start + 1)
    );
  },
  (text, random) => (random.once(2) ? text.toUpperCase() : text.slice(at(text, random))),
];

export const mutateText = (text: string, random: Random): string => {
  let mutated = text;
  for (let count = random.below(4); count > 0; count--) mutated = random.pick(edits)(mutated, random);
  return mutated;
};

/** Creates own properties whatever their names; assigning to `__proto__` would set the prototype. */
const toObject = (entries: readonly (readonly [string, Json])[]): Json => Object.fromEntries(entries);

const nested = (value: Json, depth: number): Json => {
  let deep = value;
  for (let level = 0; level < depth; level++) deep = level % 2 === 0 ? [deep] : toObject([['value', deep]]);
  return deep;
};

/** A replacement for a value. */
const replaced = (value: Json, others: readonly Json[], random: Random): Json => {
  if (random.once(3)) return random.pick(hostileValues);
  if (random.once(3)) return random.pick(others);
  if (random.once(3)) return nested(value, 1 + random.below(24));
  if (typeof value === 'string') return mutateText(value, random);
  return random.once(2) ? [value, value] : JSON.stringify(value);
};

const mutateName = (name: string, names: readonly string[], random: Random): string => {
  if (random.once(3)) return random.pick(hostileNames);
  return random.once(2) ? random.pick(names) : mutateText(name, random);
};

const mutateEntries = (entries: [string, Json][], stock: Stock, random: Random): [string, Json][] => {
  const index = random.below(entries.length);
  const [name, value] = entries[index] ?? ['', null];
  if (random.once(5)) return entries.filter((_, i) => i !== index);
  if (random.once(5))
    return [...entries, [mutateName(name, stock.names, random), replaced(value, stock.others, random)]];
  if (random.once(4))
    return entries.map((entry, i) => (i === index ? [mutateName(name, stock.names, random), value] : entry));
  return entries.map((entry, i) => (i === index ? [name, mutateOnce(value, stock, random)] : entry));
};

export type Stock = {
  /** Names to rename a key to. */
  readonly names: readonly string[];
  /** Values to replace a value with. */
  readonly others: readonly Json[];
};

const mutateOnce = (value: Json, stock: Stock, random: Random): Json => {
  if (random.once(12)) return replaced(value, stock.others, random);
  if (Array.isArray(value) && value.length > 0) {
    const index = random.below(value.length);
    const changed = mutateOnce(value[index] ?? null, stock, random);
    return random.once(6) ? [...value, changed] : value.map((one: Json, i) => (i === index ? changed : one));
  }
  if (!isObject(value)) return replaced(value, stock.others, random);
  return toObject(mutateEntries(Object.entries(value), stock, random));
};

/** @returns a changed copy, or sometimes the value itself; the value is never modified */
export const mutateJson = (value: Json, stock: Stock, random: Random): Json => {
  let mutated = value;
  for (let count = random.below(4); count > 0; count--) mutated = mutateOnce(mutated, stock, random);
  return mutated;
};
