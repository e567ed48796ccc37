/** Fuzz targets: each creates an input and runs the code that a request with that input runs. */
import { createTolerance } from '../../lib/scim/dialect.ts';
import { bindFilter } from '../../lib/scim/filter/bind-filter.ts';
import { compileFilter } from '../../lib/scim/filter/evaluate-filter.ts';
import { parseFilter } from '../../lib/scim/filter/parse-filter.ts';
import { printFilter } from '../../lib/scim/filter/print-filter.ts';
import {
  groupType,
  isObject,
  type Json,
  type JsonObject,
  limits,
  type ResourceType,
  toRepresentation,
  userType,
} from '../../lib/scim/index.ts';
import { applyPatch } from '../../lib/scim/patch/apply-patch.ts';
import { selectsMembers } from '../../lib/scim/patch/patch-members.ts';
import { readPatchRequest } from '../../lib/scim/patch/patch-request.ts';
import { toPatchLocation } from '../../lib/scim/patch/patch-target.ts';
import { createProjection } from '../../lib/scim/resource/projection.ts';
import { replaceAttributes } from '../../lib/scim/resource/replacement.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { deepFrozen } from '../arbitraries/deep-frozen.ts';
import { corpus } from './corpus.ts';
import { mutateJson, mutateText } from './mutate.ts';
import type { Random } from './random.ts';

/** The resource type and mode that an input is run with. */
export type Setting = { readonly type: ResourceType; readonly mode: 'rfc' | 'tolerant' };

export type Target = {
  readonly make: (random: Random) => Json;
  /** @throws ScimError for a bad input; any other error is a finding */
  readonly run: (input: Json, setting: Setting) => void;
};

const stored: ReadonlyMap<ResourceType, JsonObject> = deepFrozen(
  new Map(
    [userType, groupType].map((type) => {
      const bodies = corpus.bodies.flatMap((body) => {
        try {
          return [readResourceBody(body, { type, tolerate: () => true }).attributes];
        } catch {
          return [];
        }
      });
      const largest = bodies.sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
      return [type, deepFrozen(largest ?? {})];
    }),
  ),
);
const attributesOf = (type: ResourceType): JsonObject => stored.get(type) ?? {};
const shown = new Map(
  [userType, groupType].map((type) => [
    type,
    deepFrozen(
      toRepresentation(
        {
          resource: {
            id: 'r1',
            attributes: attributesOf(type),
            version: 1,
            memberVersion: 0,
            created: '2026-01-01T00:00:00.000Z',
            lastModified: '2026-01-01T00:00:00.000Z',
            indexed: [],
          },
          members: [{ id: 'm1', type: 'User', display: 'ann' }],
          groups: [{ id: 'g1', display: 'team' }],
        },
        type,
        () => 'https://scim.example.com/x',
      ),
    ),
  ]),
);
const shownOf = (type: ResourceType): JsonObject => shown.get(type) ?? {};

/** One PATCH in 500 repeats its operations, up to the limit of their number. */
const LONG = 500;
const amplified = (patch: Json, random: Random): Json => {
  if (!isObject(patch) || !Array.isArray(patch.Operations)) return patch;
  const operations: readonly Json[] = patch.Operations;
  const count = random.below(limits.patchOperations);
  return { ...patch, Operations: Array.from({ length: count }, (_, i) => operations[i % operations.length] ?? null) };
};

const text = (input: Json): string => (typeof input === 'string' ? input : JSON.stringify(input));
const MEMBERS = deepFrozen([{ id: 'm1', type: 'User', display: 'ann' }, { id: 'm2' }]);

export const targets: Readonly<Record<string, Target>> = {
  filter: {
    make: (random) => mutateText(random.pick(corpus.filters), random),
    run: (input, { type, mode }) => {
      const filter = parseFilter(text(input));
      printFilter(filter);
      compileFilter(bindFilter(filter, type, createTolerance(mode).tolerate))(shownOf(type));
    },
  },
  path: {
    make: (random) => mutateText(random.pick(random.once(4) ? corpus.names : corpus.paths), random),
    run: (input, { type, mode }) => {
      toPatchLocation(text(input), type, createTolerance(mode).tolerate);
    },
  },
  projection: {
    make: (random) => Array.from({ length: random.below(5) }, () => mutateText(random.pick(corpus.names), random)),
    run: (input, { type, mode }) => {
      const names = Array.isArray(input) ? input.map(text) : undefined;
      const { tolerate } = createTolerance(mode);
      for (const request of [
        { attributes: names, excludedAttributes: undefined },
        { attributes: undefined, excludedAttributes: names },
      ])
        createProjection(request, type, tolerate).project(shownOf(type));
    },
  },
  patch: {
    make: (random) => {
      const patch = random.pick(corpus.patches);
      const long = random.once(LONG) ? amplified(patch, random) : patch;
      return mutateJson(long, { names: corpus.names, others: corpus.bodies }, random);
    },
    run: (input, { type, mode }) => {
      const { tolerate } = createTolerance(mode);
      const operations = readPatchRequest(input, tolerate);
      selectsMembers(operations, type, tolerate);
      applyPatch(attributesOf(type), operations, { type, tolerate, membersBefore: MEMBERS });
    },
  },
  body: {
    make: (random) => mutateJson(random.pick(corpus.bodies), { names: corpus.names, others: corpus.patches }, random),
    run: (input, { type, mode }) => {
      const { attributes, kept } = readResourceBody(input, { type, tolerate: createTolerance(mode).tolerate });
      replaceAttributes(attributesOf(type), { attributes, kept }, type);
    },
  },
};
