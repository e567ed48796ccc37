import { expect, test } from 'vitest';
import { countFitting, isLongerAsJson, isLongerInString } from '../../lib/scim/json/json-size.ts';

const values = [
  { a: 'x' },
  { a: '"\\' },
  { a: '\u0001' },
  { a: 'é€😀' },
  { '"': ['"', 1, true, null] },
  { a: '\ud800' },
];
const bytes = (value: object) => Buffer.byteLength(JSON.stringify(value));
const bytesInString = (value: object) => Buffer.byteLength(JSON.stringify(JSON.stringify(value)));

test.each(values)('%j is measured exactly, alone and in a string', (value) => {
  expect(isLongerAsJson(value, bytes(value))).toBe(false);
  expect(isLongerAsJson(value, bytes(value) - 1)).toBe(true);
  expect(isLongerInString(value, bytesInString(value))).toBe(false);
  expect(isLongerInString(value, bytesInString(value) - 1)).toBe(true);
});

test('the values that fit are counted from the first on, which always counts', () => {
  const one = bytesInString({ a: 'x' });
  const five = Array.from({ length: 5 }, () => ({ a: 'x' }));
  expect(countFitting(five, 1000)).toBe(5);
  expect(countFitting(five, 3 * one + 1)).toBe(3);
  expect(countFitting(five, 1)).toBe(1);
  expect(countFitting([], 1)).toBe(0);
});
