/** Raw material of inputs: the vectors' filters, paths and bodies, and fragments that break parsers. */
import * as z from 'zod';
import { groupType, type Json, userType } from '../../lib/scim/index.ts';
import evaluation from '../fixtures/vectors/filter-eval.json' with { type: 'json' };
import grammar from '../fixtures/vectors/filters.json' with { type: 'json' };
import patches from '../fixtures/vectors/patch.json' with { type: 'json' };

const Filters = z.object({ vectors: z.array(z.object({ filter: z.string() })) });
const Evaluation = z.object({ resources: z.array(z.object({ body: z.json() })) });
const Patches = z.object({ vectors: z.array(z.object({ before: z.json(), patch: z.json() })) });
const { vectors } = Patches.parse(patches);

const Operations = z.object({ Operations: z.array(z.object({ path: z.string().optional() })) });
const pathsOf = (patch: Json): readonly string[] => {
  const parsed = Operations.safeParse(patch);
  return parsed.success ? parsed.data.Operations.flatMap(({ path }) => path ?? []) : [];
};

const names = [userType, groupType].flatMap(({ schema, extensions }) =>
  [schema, ...extensions.map((extension) => extension.schema)].flatMap(({ id, attributes }) => [
    id,
    ...attributes.flatMap(({ name, subAttributes = [] }) => [
      name,
      `${id}:${name}`,
      ...subAttributes.map((sub) => `${name}.${sub.name}`),
    ]),
  ]),
);

export const corpus = {
  filters: Filters.parse(grammar).vectors.map(({ filter }) => filter),
  paths: [...new Set(vectors.flatMap(({ patch }) => pathsOf(patch)))],
  patches: vectors.map(({ patch }) => patch),
  bodies: [...vectors.map(({ before }) => before), ...Evaluation.parse(evaluation).resources.map(({ body }) => body)],
  names: [...names, 'id', 'meta', 'meta.lastModified', 'schemas', 'externalId', 'password'],
};

/** Names that every JavaScript object inherits, and names that look like paths. */
export const hostileNames = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'],
  ...['__proto__.polluted', 'constructor.prototype.polluted', '__proto__[type eq "work"].polluted', 'polluted'],
  ...['', ' ', '.', ':', '[', 'a[', 'a[]', 'emails[type eq "work"', 'emails[type eq "work"].', '$ref', '0', 'length'],
];

export const fragments = [
  ...corpus.names,
  ...hostileNames,
  ...[' eq ', ' ne ', ' co ', ' pr', ' and ', ' or ', 'not (', '(', ')', '[', ']', '"', '\\', '\\u00', '\\ud800'],
  ...['true', 'null', '-0', '1e999', '1e-9', '9007199254740993', '01', '.5', 'NaN', 'Infinity', '+'],
  ...['\u0000', '\n', '\u00a0', '\u202e', '\ud800', '\udfff', 'e\u0301', 'İ', 'ﬀ', '\ufdfa', '\uffe3', '𐐀', '😀'],
  ...['2026-02-30T00:00:00Z', '-9999-01-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:00.0000000001+14:00'],
  ...['((((((((((((((((', '"""""""', 'x'.repeat(300), 'a.'.repeat(200), ' '.repeat(500), '\\n'.repeat(500), '%00'],
];

export const hostileValues: readonly Json[] = [
  ...fragments,
  ...[null, true, false, 0, -0, 1.5, 2 ** 53, -1e308, [], {}, [[]], [null], [{}], { value: null }, { value: '' }],
  ...[{ primary: true }, { primary: 'True', value: 'x' }, [{ value: 'a' }, { value: 'a' }], { $ref: null, value: 'x' }],
  // JSON.parse creates __proto__ as an own property.
  JSON.parse('{"__proto__":{"polluted":true}}') as Json,
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}') as Json,
  JSON.parse('[{"__proto__":{"polluted":true},"value":"x"}]') as Json,
  Array.from({ length: 60 }, (_, i) => ({ value: `v${i}`, primary: true })),
  Array.from({ length: 3000 }, (_, i) => i),
  'é'.repeat(2000),
  'A'.repeat(100_000),
];
