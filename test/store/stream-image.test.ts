import { expect, test } from 'vitest';
import { toBytes } from '../../lib/store/items/items.ts';
import { readImage } from '../../lib/store/stream/images.ts';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const group = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const written = {
  s: { N: '1' },
  by: { M: { kind: { S: 'provisioning-client' }, tokenId: { S: 't7' } } },
  reason: { S: 'change' },
  at: { S: '2026-11-21T10:00:01.000Z' },
};

test('a resource image as Lambda passes it', () => {
  const image = {
    ...written,
    pk: { S: `acme#User#${id}` },
    sk: { S: 'RESOURCE' },
    id: { S: id },
    type: { S: 'User' },
    v: { N: '3' },
    created: { S: '2026-11-21T10:00:00.000Z' },
    r: { S: '{"userName":"ann"}' },
    claims: { L: [{ S: 'acme#User.userName#x' }] },
  };
  expect(readImage(image)).toEqual({
    kind: 'resource',
    directory: 'acme',
    type: 'User',
    id,
    version: 3,
    memberVersion: 0,
    created: '2026-11-21T10:00:00.000Z',
    lastModified: '2026-11-21T10:00:01.000Z',
    attributes: { userName: 'ann' },
    gone: false,
    pending: false,
    actor: { kind: 'provisioning-client', tokenId: 't7' },
    reason: 'change',
  });
  const { r: _, ...tombstone } = image;
  expect(readImage({ ...tombstone, gone: { BOOL: true }, ttl: { N: '1' } })).toMatchObject({
    gone: true,
    attributes: undefined,
  });
});

test('group ids arrive as base64 text', () => {
  const image = {
    ...written,
    pk: { S: `acme#User#${id}` },
    sk: { S: 'MEMBEROF' },
    id: { S: id },
    type: { S: 'User' },
    rev: { N: '5' },
    g: { BS: [Buffer.from(toBytes(group)).toString('base64')] },
  };
  expect(readImage(image)).toEqual({
    kind: 'memberOf',
    directory: 'acme',
    type: 'User',
    id,
    groups: new Set([group]),
    revision: 5,
    gone: false,
    actor: { kind: 'provisioning-client', tokenId: 't7' },
    reason: 'change',
    at: '2026-11-21T10:00:01.000Z',
  });
});

test('other items have no image, and a damaged item throws', () => {
  expect(readImage({ pk: { S: 'acme#User.userName#x' }, sk: { S: 'CLAIM' }, id: { S: id } })).toBeUndefined();
  expect(() => readImage({ pk: { S: `acme#User#${id}` }, sk: { S: 'RESOURCE' } })).toThrow();
  expect(() => readImage(undefined)).toThrow();
});
