/** RFC 7644 section 3.8: bodies are UTF-8, decoded strictly, so that no two names become the same. */
import { expect, test } from 'vitest';
import { decodeBody } from '../../../lib/scim/protocol/charset.ts';

const decode = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  decodeBody(body, (name) => headers[name]);
const JSON_TYPE = 'application/scim+json';
const latin1 = (text: string) => Buffer.from(text, 'latin1');

test.each([
  'application/scim+json',
  'application/json;charset=UTF-8',
  'application/json; charset="utf8"',
  'application/json; profile=x; Charset=US-ASCII',
])('UTF-8 as %s', (type) => {
  expect(decode(Buffer.from('{"a":"Zo\u00eb \ufffd"}'), { 'content-type': type })).toBe('{"a":"Zo\u00eb \ufffd"}');
});

test('a byte order mark is dropped', () => {
  expect(decode(Buffer.from('\ufeff{}'))).toBe('{}');
});

test.each<[string, Buffer]>([
  ['ISO-8859-1', latin1('{"userName":"m\u00fcller"}')],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
  ['a cut sequence', Buffer.from('"\u00fc"').subarray(0, 2)],
  ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
])('undeclared %s is 400', (_, bytes) => {
  expect(() => decode(bytes, { 'content-type': JSON_TYPE })).toThrow(
    expect.objectContaining({ status: 400, scimType: 'invalidSyntax', message: expect.stringContaining('UTF-8') }),
  );
});

test('a declared charset is 415 that names it, unless the body is ASCII', () => {
  const headers = { 'content-type': `${JSON_TYPE}; charset=ISO-8859-1` };
  expect(() => decode(latin1('m\u00fcller'), headers)).toThrow(
    expect.objectContaining({ status: 415, message: expect.stringContaining('ISO-8859-1') }),
  );
  expect(decode(latin1('mueller'), headers)).toBe('mueller');
});

test.each(['gzip', 'br', 'identity, gzip'])('Content-Encoding %s is 415 that names it', (coding) => {
  expect(() => decode('{}', { 'content-encoding': coding })).toThrow(
    expect.objectContaining({
      status: 415,
      message: expect.stringContaining(coding),
      headers: { 'Accept-Encoding': 'identity' },
    }),
  );
});

test('Content-Encoding identity is accepted', () => {
  expect(decode('{}', { 'content-encoding': 'Identity' })).toBe('{}');
});
