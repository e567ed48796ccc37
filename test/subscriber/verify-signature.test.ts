import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSigned } from '../../lib/subscriber/verify-signature.ts';

const secret = 'whsec_1';
const body = '{"userName":"änn"}';
const now = Date.parse('2026-11-21T10:00:00Z');
const signature = (seconds = now / 1000, key = secret) =>
  `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`;

test('a signature of the last five minutes is accepted', () => {
  expect(isSigned({ body, secret, now, signature: signature() })).toBe(true);
  expect(isSigned({ body, secret, now, signature: signature(now / 1000 - 299) })).toBe(true);
});

test.each([
  ['older', { signature: signature(now / 1000 - 301) }],
  ['of the future', { signature: signature(now / 1000 + 301) }],
  ['of another secret', { signature: signature(now / 1000, 'whsec_2') }],
  ['of another body', { body: `${body} ` }],
  ['with another time', { signature: signature().replace(/t=\d+/, `t=${now / 1000 - 1}`) }],
  ['absent', { signature: undefined }],
  ['empty', { signature: '' }],
  ['truncated', { signature: signature().slice(0, -2) }],
  ['followed by more text', { signature: `${signature()},v1=00` }],
])('a signature that is %s is rejected', (_, change) => {
  expect(isSigned({ body, secret, now, signature: signature(), ...change })).toBe(false);
});
