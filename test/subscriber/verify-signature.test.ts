import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSigned } from '../../lib/subscriber/verify-signature.ts';

const secret = 'whsec_1';
const body = '{"userName":"änn"}';
const now = Date.parse('2026-11-21T10:00:00Z');
const signature = (seconds = now / 1000, over = secret) =>
  `t=${seconds},v1=${createHmac('sha256', over).update(`${seconds}.${body}`).digest('hex')}`;

test('what was signed in the last five minutes is taken', () => {
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
  ['cut', { signature: signature().slice(0, -2) }],
  ['followed by more', { signature: `${signature()},v1=00` }],
])('one that is %s is refused', (_, change) => {
  expect(isSigned({ body, secret, now, signature: signature(), ...change })).toBe(false);
});
