/** Names of query parameters: RFC 7644 table 3, and the dialect parameterCase. */
import { expect, test } from 'vitest';
import { canonicalParameters } from '../../../lib/scim/lists/query-parameters.ts';

const read = (query: string, tolerant = true) => {
  const noted: string[] = [];
  const parameters = canonicalParameters(new Map(new URLSearchParams(query)), (name) => {
    noted.push(name);
    return tolerant;
  });
  return { parameters, noted };
};

test('parameterCase: a parameter in other letter case is found under its name', () => {
  const { parameters, noted } = read('startindex=3&FILTER=x&other=1');
  expect(parameters.get('startIndex')).toBe('3');
  expect(parameters.get('filter')).toBe('x');
  expect(noted).toContain('parameterCase');
});

test('a parameter under its own name counts, and needs no dialect', () => {
  const { parameters, noted } = read('count=2&COUNT=9&unknown=1');
  expect(parameters.get('count')).toBe('2');
  expect(noted).toEqual([]);
});

test('in mode rfc another letter case is an unknown parameter', () => {
  expect(read('COUNT=9', false).parameters.get('count')).toBeUndefined();
});
