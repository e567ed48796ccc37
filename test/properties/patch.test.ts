/** Properties of every PATCH on every resource. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTolerance, type Mode } from '../../lib/scim/dialect.ts';
import { groupType, type Json, type JsonObject, type ResourceType, ScimError, userType } from '../../lib/scim/index.ts';
import { applyPatch } from '../../lib/scim/patch/apply-patch.ts';
import { readPatchRequest } from '../../lib/scim/patch/patch-request.ts';
import { readResourceBody } from '../../lib/scim/resource/resource-body.ts';
import { deepFrozen } from '../arbitraries/deep-frozen.ts';
import { PATCH_OP_URN, patchOperations } from '../arbitraries/patches.ts';
import { holds } from '../arbitraries/property.ts';
import { resourceBodies } from '../arbitraries/resources.ts';

const MODES = ['rfc', 'tolerant'] as const;
const cases = [userType, groupType].flatMap((type) => MODES.map((mode) => [type.name, mode, type] as const));

const attributesOf = (body: JsonObject, type: ResourceType): JsonObject =>
  deepFrozen(readResourceBody(deepFrozen(body), { type, tolerate: () => true }).attributes);

type Outcome = {
  readonly attributes?: JsonObject;
  readonly members?: unknown;
  readonly refused?: string | undefined;
  /** Whether elements without a value were left out, which happens after the last operation. */
  readonly drops?: boolean;
};

/** @returns the result, or the scimType of the refusal. @throws every other error */
const patch = (
  before: JsonObject,
  operations: readonly Json[],
  { type, mode }: { type: ResourceType; mode: Mode },
): Outcome => {
  const { tolerate, needed } = createTolerance(mode);
  try {
    const request = deepFrozen(
      readPatchRequest(deepFrozen({ schemas: [PATCH_OP_URN], Operations: operations }), tolerate),
    );
    const patched = applyPatch(before, request, { type, tolerate, membersBefore: [] });
    return { ...patched, drops: needed().includes('entra.elementWithoutValue') };
  } catch (error) {
    if (error instanceof ScimError) return { refused: error.scimType };
    throw error;
  }
};

test.each(cases)(
  's3.5.2 PATCH of a %s in mode %s never changes its input and is deterministic',
  (_name, mode, type) => {
    const outcomes = { applied: 0, refused: 0 };
    holds(
      fc.property(resourceBodies(type), patchOperations(type), (body, operations) => {
        const before = attributesOf(body, type);
        const first = patch(before, operations, { type, mode });
        outcomes[first.refused === undefined ? 'applied' : 'refused']++;
        expect(patch(before, operations, { type, mode })).toEqual(first);
      }),
      800,
    );
    // Otherwise the property proves little.
    expect(Math.min(outcomes.applied, outcomes.refused)).toBeGreaterThan(10);
  },
);

test.each(cases)('s3.5.2 PATCH of a %s in mode %s equals its operations applied one by one', (_name, mode, type) => {
  holds(
    fc.property(resourceBodies(type), patchOperations(type), (body, operations) => {
      const before = attributesOf(body, type);
      const together = patch(before, operations, { type, mode });
      let oneByOne: Outcome = { attributes: before };
      for (const operation of operations)
        if (oneByOne.attributes !== undefined && oneByOne.drops !== true)
          oneByOne = patch(oneByOne.attributes, [operation], { type, mode });
      // Applied one by one, every state in between must be valid, so more is refused; if all pass, the results are equal.
      if (oneByOne.attributes === undefined || oneByOne.drops === true) return;
      expect(together.attributes).toEqual(oneByOne.attributes);
    }),
    800,
  );
});

test.each(cases)(
  'the result of PATCH on a %s in mode %s is a valid body that reads back unchanged',
  (_name, mode, type) => {
    holds(
      fc.property(resourceBodies(type), patchOperations(type), (body, operations) => {
        const { attributes } = patch(attributesOf(body, type), operations, { type, mode });
        if (attributes === undefined) return;
        const { tolerate } = createTolerance(mode);
        const shown = { schemas: [type.schema.id], ...attributes };
        expect(readResourceBody(shown, { type, tolerate }).attributes).toEqual(attributes);
      }),
      800,
    );
  },
);
