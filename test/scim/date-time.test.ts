import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDateTime } from '../../lib/scim/json/date-time.ts';

test.each([
  ['2008-01-23T04:56:22Z', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T06:56:22+02:00', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-22T23:26:22-05:30', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22.5Z', Date.UTC(2008, 0, 23, 4, 56, 22, 500)],
  ['2008-01-23T04:56:22.0075Z', Date.UTC(2008, 0, 23, 4, 56, 22, 7) + 0.5],
  ['2008-01-23T24:00:00Z', Date.UTC(2008, 0, 24)],
  ['2008-02-29T00:00:00Z', Date.UTC(2008, 1, 29)],
  ['0099-01-01T00:00:00Z', Date.parse('0099-01-01T00:00:00Z')],
  ['-0001-01-01T00:00:00Z', Date.parse('-000001-01-01T00:00:00Z')],
])('s2.3.5 %s is an instant', (text, instant) => {
  expect(parseDateTime(text)).toBe(instant);
});

test.each([
  '',
  '2008-01-23',
  '2008-01-23T04:56Z',
  '2008-01-23 04:56:22Z',
  '2008-01-23T04:56:22z',
  '2008-1-23T04:56:22Z',
  '2009-02-29T00:00:00Z',
  '2008-13-01T00:00:00Z',
  '2008-00-01T00:00:00Z',
  '2008-01-32T00:00:00Z',
  '2008-01-00T00:00:00Z',
  '2008-01-23T24:00:01Z',
  '2008-01-23T24:00:00.1Z',
  '2008-01-23T23:60:00Z',
  '2008-01-23T23:59:60Z',
  '2008-01-23T04:56:22.Z',
  '2008-01-23T04:56:22+2:00',
  '2008-01-23T04:56:22+14:01',
  '2008-01-23T04:56:22+01:60',
  '2008-01-23T04:56:22 02:00',
  '999999-01-01T00:00:00Z',
  '2008-01-23T04:56:22Z\n',
  'now',
])('s2.3.5 %j is not a dateTime', (text) => {
  expect(parseDateTime(text)).toBeUndefined();
});

test('s2.3.5 every instant of four-digit years, printed, is the same instant', async () => {
  await fc.assert(
    fc.property(
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (date) => {
        expect(parseDateTime(date.toISOString())).toBe(date.getTime());
      },
    ),
  );
});
