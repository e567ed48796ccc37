/**
 * Every statement of the stack's policies against AWS's tables of actions and resource types: test/fixtures/iam-actions.json
 * holds the rows that the stack needs, and test/more/iam-actions.sh compares it with a policy linter. An action whose
 * required resource types are not all allowed is denied on AWS.
 */
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import facts from '../fixtures/iam-actions.json' with { type: 'json' };
import { policiesOf } from './resolved-policies.ts';
import { optionalTemplate, standardTemplate } from './synthesis.ts';

type ResourceType = { readonly arn: string; readonly required: boolean };
const table = new Map<string, readonly ResourceType[]>(Object.entries(facts.actions));

/** The CDK grants it with the other actions of the stream. Lambda reads the stream by its ARN and lists none. */
const WITHOUT_EFFECT = new Set(['dynamodb:ListStreams']);

/** Whether one text matches both patterns, in which `*` stands for any text. */
const overlap = (a: string, b: string): boolean => {
  if (a === '' && b === '') return true;
  if (a.startsWith('*')) return overlap(a.slice(1), b) || (b !== '' && overlap(a, b.slice(1)));
  if (b.startsWith('*')) return overlap(b, a);
  return a !== '' && a[0] === b[0] && overlap(a.slice(1), b.slice(1));
};
/** Partition, service, region, account and the resource, which may have colons of its own. */
const partsOf = (arn: string): readonly string[] => {
  const [prefix = '', partition = '', service = '', region = '', account = '', ...resource] = arn.split(':');
  return [prefix, partition, service, region, account, resource.join(':')];
};
const BUCKET = 'arn:*:s3:::*';
/** @param type the form of its ARNs */
const isOfType = (resource: string, type: string): boolean => {
  const parts = partsOf(resource);
  // The name of a bucket has no slash, unlike that of an object.
  if (type === BUCKET && parts.at(-1)?.includes('/')) return false;
  return partsOf(type).every((part, i) => overlap(part, parts[i] ?? ''));
};

test.each([
  ['arn:aws:s3:::bucket/*', 'arn:*:s3:::*/*', true],
  ['arn:aws:s3:::bucket', 'arn:*:s3:::*/*', false],
  ['arn:aws:s3:::bucket/*', BUCKET, false],
  ['arn:aws:events:r:1:replay/x-*', 'arn:*:events:*:*:archive/*', false],
  ['arn:aws:logs:r:1:log-group:x:*', 'arn:*:logs:*:*:log-group:*:log-stream:*', true],
])('%s may name a resource of type %s: %s', (resource, type, expected) => {
  expect(isOfType(resource, type)).toBe(expected);
});

type Granted = { readonly holder: string; readonly action: string; readonly resources: readonly string[] };
/** Actions with their resources. Denied patterns such as `s3:*` stand for no action of their own. */
const grantsOf = (template: Template): readonly Granted[] =>
  policiesOf(template).flatMap(({ holder, document }) =>
    document.Statement.flatMap(({ Effect, Action, Resource = [] }) =>
      Action.filter((action) => Effect === 'Allow' || !action.includes('*')).map((action) => ({
        holder,
        action,
        resources: Resource,
      })),
    ),
  );
const withoutEffect = ({ holder, action, resources }: Granted): readonly string[] => {
  const types = table.get(action);
  if (types === undefined) return [`${holder}: ${action} is not in the table`];
  const fits = (resource: string) =>
    resource === '*' ? types.length === 0 : types.some(({ arn }) => isOfType(resource, arn));
  return resources
    .filter((resource) => !fits(resource))
    .map((resource) => `${holder}: ${action} has no effect on ${resource}`);
};
const denied = ({ holder, action }: Granted, all: readonly Granted[]): readonly string[] => {
  const resources = all.filter((one) => one.holder === holder && one.action === action).flatMap((one) => one.resources);
  return (table.get(action) ?? [])
    .filter(({ arn, required }) => required && !resources.some((resource) => isOfType(resource, arn)))
    .map(({ arn }) => `${holder}: ${action} also needs ${arn}`);
};
const faultsOf = (template: Template): readonly string[] => {
  // A policy of trust names no resource, because it is about its own role.
  const grants = grantsOf(template).filter(({ action }) => action !== 'sts:AssumeRole' && !WITHOUT_EFFECT.has(action));
  return [...new Set(grants.flatMap((grant) => [...withoutEffect(grant), ...denied(grant, grants)]))];
};

describe('each action exists, and is allowed on each kind of resource that it requires', () => {
  test('in the default stack', () => {
    const policies = policiesOf(standardTemplate());
    expect(policies.filter(({ kind }) => kind === 'identity').length).toBeGreaterThan(10);
    expect(policies.filter(({ kind }) => kind === 'resource').length).toBeGreaterThan(2);
    expect(faultsOf(standardTemplate())).toEqual([]);
  });

  test('in the stack with its options', () => {
    expect(faultsOf(optionalTemplate())).toEqual([]);
  });
});
