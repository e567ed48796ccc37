import { expect, test } from 'vitest';
import * as z from 'zod';
import { bindFilter } from '../../../lib/scim/filter/bind-filter.ts';
import { compileFilter } from '../../../lib/scim/filter/evaluate-filter.ts';
import { parseFilter } from '../../../lib/scim/filter/parse-filter.ts';
import { printFilter } from '../../../lib/scim/filter/print-filter.ts';
import { groupType, isObject, ScimError, userType } from '../../../lib/scim/index.ts';
import evaluation from '../../fixtures/vectors/filter-eval.json' with { type: 'json' };
import grammar from '../../fixtures/vectors/filters.json' with { type: 'json' };

const Filters = z.object({
  vectors: z.array(
    z.object({
      id: z.string(),
      filter: z.string(),
      expect: z.enum(['valid', 'invalid']),
      level: z.enum(['http', 'parser']),
      resource: z.literal('Group').optional(),
    }),
  ),
});
const { vectors } = Filters.parse(grammar);

/** The verdict of parsing and binding; of parsing only, if a vector's attributes are fictitious. */
const answer = ({ filter, level, resource }: (typeof vectors)[number], tolerant: boolean): string => {
  try {
    const parsed = parseFilter(filter);
    if (level === 'http') bindFilter(parsed, resource === 'Group' ? groupType : userType, () => tolerant);
    return 'valid';
  } catch (error) {
    if (error instanceof ScimError && error.status === 400 && error.scimType === 'invalidFilter') return 'invalid';
    throw error;
  }
};

// Both modes: no dialect accepts a vector of class strict.
for (const mode of ['rfc', 'tolerant'])
  test.each(vectors)(`${mode}: $id $filter is $expect`, (vector) => {
    expect(answer(vector, mode === 'tolerant')).toBe(vector.expect);
  });

test.each(vectors.filter((vector) => vector.expect === 'valid'))(
  '$id printed and parsed again is unchanged',
  (vector) => {
    const filter = parseFilter(vector.filter);
    expect(parseFilter(printFilter(filter))).toEqual(filter);
  },
);

const Evaluation = z.object({
  resources: z.array(z.object({ ref: z.string(), body: z.json().refine(isObject) })),
  vectors: z.array(z.object({ id: z.string(), filter: z.string(), matches: z.array(z.string()) })),
});
const { resources, vectors: evaluations } = Evaluation.parse(evaluation);

test.each(evaluations)('$id $filter', ({ filter, matches }) => {
  const isMatch = compileFilter(bindFilter(parseFilter(filter), userType, () => false));
  const found = resources.filter(({ body }) => isMatch(body)).map(({ ref }) => ref);
  expect(found.sort()).toEqual([...matches].sort());
});
