/** Names of query parameters, and the dialect parameterCase. */
import { expect, test } from 'vitest';
import { canonicalParameters } from '../../../lib/scim/lists/query-parameters.ts';

const read = (query: string, tolerant = true) => {
  const consulted: string[] = [];
  const parameters = canonicalParameters(new Map(new URLSearchParams(query)), (name) => {
    consulted.push(name);
    return tolerant;
  });
  return { parameters, consulted };
};

test('parameterCase: a parameter in another letter case is found under its canonical name', () => {
  const { parameters, consulted } = read('startindex=3&FILTER=x&other=1');
  expect(parameters.get('startIndex')).toBe('3');
  expect(parameters.get('filter')).toBe('x');
  expect(consulted).toContain('parameterCase');
});

test('a parameter under its canonical name takes precedence, and needs no dialect', () => {
  const { parameters, consulted } = read('count=2&COUNT=9&unknown=1');
  expect(parameters.get('count')).toBe('2');
  expect(consulted).toEqual([]);
});

test('in mode rfc a parameter in another letter case is unknown', () => {
  expect(read('COUNT=9', false).parameters.get('count')).toBeUndefined();
});
