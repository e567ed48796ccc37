/**
 * Guards logical ids. A changed one replaces the resource: a new table is empty, a new API has another base URL. The
 * fixture holds the logical id and type of every resource in the first release's template; it is never regenerated. If
 * a release removes a resource on purpose, add it to `removed`, with the reason.
 */
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import frozen from '../fixtures/frozen-resources.json' with { type: 'json' };
import { createStack } from './template.ts';

/** Reasons by logical id. Never a table, REST API, stage, bus, archive, bucket, queue, secret or log group. */
const removed: Readonly<Record<string, string>> = {};

const typesOf = (template: Template): Record<string, string> =>
  Object.fromEntries(
    Object.entries(template.toJSON().Resources as Record<string, { Type: string }>).map(([id, { Type }]) => [id, Type]),
  );
const expected = (resources: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(resources).filter(([id]) => !(id in removed)));

test('the default stack keeps the logical id and type of every resource of the first release', () => {
  expect(Object.keys(frozen.default).length).toBeGreaterThan(120);
  expect(typesOf(Template.fromStack(createStack()))).toMatchObject(expected(frozen.default));
});

test('the stack with a webhook and an alarm topic keeps them too', () => {
  const stack = createStack({
    webhookUrl: 'https://example.com/hook',
    alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
  });
  expect(typesOf(Template.fromStack(stack))).toMatchObject(expected({ ...frozen.default, ...frozen.optional }));
});
