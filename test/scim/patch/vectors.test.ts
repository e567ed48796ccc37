/** The PATCH vectors, applied without a server; resources of the setup get random ids. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createTolerance, type Mode } from '../../../lib/scim/dialect.ts';
import { ScimError } from '../../../lib/scim/error.ts';
import type { Json, JsonObject } from '../../../lib/scim/json/json.ts';
import { applyPatch } from '../../../lib/scim/patch/apply-patch.ts';
import { readPatchRequest } from '../../../lib/scim/patch/patch-request.ts';
import { readResourceBody } from '../../../lib/scim/resource/resource-body.ts';
import { groupType, userType } from '../../../lib/scim/schema/resource-types.ts';
import type { Member, MemberChanges } from '../../../lib/scim/store-port.ts';

const object = z.record(z.string(), z.json());
const Vectors = z.object({
  vectors: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      class: z.enum(['rfc', 'interop']),
      resource: z.enum(['User', 'Group']),
      setup: z.array(z.object({ ref: z.string() })).optional(),
      before: object,
      patch: object,
      after: object.optional(),
      error: z.object({ status: z.array(z.number()), scimType: z.array(z.string()).optional() }).optional(),
    }),
  ),
});
type Vector = z.infer<typeof Vectors>['vectors'][number];
const { vectors } = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/vectors/patch.json', import.meta.url), 'utf8')),
);

/** Vectors that fail in mode tolerant, each because of a dialect. */
const deviations = object.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/vectors/deviations.json', import.meta.url), 'utf8')),
);

const ids = new Map<string, string>();
const idOf = (name: string) => {
  const id = ids.get(name) ?? crypto.randomUUID();
  ids.set(name, id);
  return id;
};
const filled = (value: Json): Json =>
  JSON.parse(
    JSON.stringify(value).replace(/\$([a-z]\w*)/g, (whole, name: string) => (name === 'ref' ? whole : idOf(name))),
  ) as Json;

const apply = (members: readonly Member[], changes: MemberChanges | undefined): string[] => {
  const kept = changes?.replace ? [] : members.filter(({ id }) => !changes?.remove.includes(id));
  return [...new Set([...kept, ...(changes?.add ?? [])].map(({ id }) => id))].sort();
};

/** Normalizes the order of values, and drops `primary: false`, which equals no `primary`. */
const canonical = (value: Json): Json => {
  if (Array.isArray(value))
    return value.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => !(key === 'primary' && one === false))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, canonical(one)]),
  );
};

const run = (vector: Vector, mode: Mode) => {
  const type = vector.resource === 'User' ? userType : groupType;
  const { tolerate } = createTolerance(mode);
  const read = (body: Json) => readResourceBody(filled(body), { type, tolerate: createTolerance('tolerant').tolerate });
  const before = read(vector.before);
  const operations = readPatchRequest(filled(vector.patch), tolerate);
  const context = { type, tolerate, membersBefore: before.members ?? [] };
  const { attributes, members } = applyPatch(before.attributes, operations, context);
  const after: { attributes: JsonObject; members: readonly Member[] | undefined } =
    vector.after === undefined ? { attributes: {}, members: [] } : read(vector.after);
  return {
    actual: { attributes: canonical(attributes), members: apply(before.members ?? [], members) },
    expected: { attributes: canonical(after.attributes), members: (after.members ?? []).map(({ id }) => id).sort() },
  };
};

/** Without P140, which needs another user, because uniqueness is checked by the store. */
const standalone = vectors.filter(({ id }) => id !== 'P140');

describe.each([
  ['rfc', standalone.filter((vector) => vector.class === 'rfc')],
  ['tolerant', standalone.filter(({ id }) => !Object.hasOwn(deviations, id))],
] as const)('mode %s', (mode, chosen) => {
  test.each(chosen.map((vector) => [vector.id, vector.title, vector] as const))('%s %s', (_id, _title, vector) => {
    if (vector.error === undefined) {
      const { actual, expected } = run(vector, mode);
      expect(actual).toEqual(expected);
      return;
    }
    const before = JSON.stringify(vector.before);
    const failure = (() => {
      try {
        return run(vector, mode);
      } catch (error) {
        return error;
      }
    })();
    if (!(failure instanceof ScimError)) throw new Error(`no ScimError but ${JSON.stringify(failure)}`);
    expect(vector.error.status).toContain(failure.status);
    if (vector.error.scimType !== undefined) expect(vector.error.scimType).toContain(failure.scimType);
    expect(JSON.stringify(vector.before)).toBe(before);
  });
});
