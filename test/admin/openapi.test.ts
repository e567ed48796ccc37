import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createOpenApi, operationList } from '../../lib/admin/openapi.ts';
import { words } from '../../lib/admin/openapi-words.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';

const written: unknown = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
// biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of the document
const document = createOpenApi() as any;

test('docs/openapi.json is up to date (npm run openapi)', () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(document)));
});

test('every operation is described, with its parameters and its error response', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]) => `${operation.operationId} ${method} ${path}`),
  );
  expect(described.sort()).toEqual(
    operationList.map(([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path}`).sort(),
  );
  const rotate = document.paths['/directories/{directory}/tokens/{token}/rotate'].post;
  expect(rotate.parameters.map(({ name }: { name: string }) => name)).toEqual(['directory', 'token']);
  expect(rotate.requestBody.content['application/json'].schema.properties.overlapHours).toMatchObject({ default: 24 });
  expect(rotate.responses).toMatchObject({ 201: {}, 409: { $ref: '#/components/responses/Conflict' } });
  expect(Object.keys(document.paths)).toHaveLength(22);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods as object));
  expect(operations).toHaveLength(26);
  for (const { operationId, tags, responses } of operations) {
    expect(tags, operationId).toHaveLength(1);
    expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['403', '429', '500', '503']));
  }
});

test('every reference resolves within the document', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, path = '']) => path);
  for (const reference of new Set(references)) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce((part, name) => part?.[name], document);
    expect(found, reference).toBeDefined();
  }
});

test('a patch can set or reset each setting that is not fixed', () => {
  const { schema } =
    document.paths['/directories/{directory}'].patch.requestBody.content['application/merge-patch+json'];
  const fixed = ['id', 'uniqueGroupNames'];
  expect(Object.keys(schema.properties)).toEqual(
    Object.keys(DirectorySettings.shape).filter((name) => !fixed.includes(name)),
  );
  expect(schema.properties.name.anyOf).toContainEqual({ type: 'null' });
});

test('only responses that create a token contain its text', () => {
  const withToken = operationList
    .filter(([, { answers }]) => Object.values(answers).some((schema) => schema && 'token' in shapeOf(schema)))
    .map(([name]) => name);
  expect(withToken).toEqual(['createToken', 'rotateToken']);
});
const shapeOf = (schema: unknown): object => (schema as { shape?: object }).shape ?? {};

test('every example fits its schema', () => {
  for (const [name, { body, answers }] of operationList) {
    const { example, answer } = words[name];
    expect(example !== undefined, name).toBe(body !== undefined);
    if (body !== undefined) expect(z.safeParse(body, example).error, name).toBeUndefined();
    const schema = Object.values(answers)[0];
    expect(answer !== undefined, name).toBe(schema !== undefined);
    if (schema !== undefined) expect(z.safeParse(schema, answer).error, name).toBeUndefined();
  }
});
