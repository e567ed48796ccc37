/** The policies of a synthesized template, with references to its resources replaced by ARNs as AWS forms them. */
import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';

const OneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: OneOrMore,
  Resource: OneOrMore.optional(),
});
const Document = z.looseObject({ Version: z.literal('2012-10-17'), Statement: z.array(Statement) });
export type ResolvedPolicy = {
  /** Logical id of the resource that holds the policy. */
  readonly name: string;
  /** `trust` says who may assume a role; it names no resource. */
  readonly kind: 'identity' | 'resource' | 'trust';
  /** The role of an identity policy, otherwise the policy itself. */
  readonly holder: string;
  readonly document: z.infer<typeof Document>;
};

const parameters: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};
const arn = (service: string, resource: string) => `arn:aws:${service}:eu-central-1:123456789012:${resource}`;
/** ARNs by resource type and attribute; `Ref` where a reference itself is an ARN. */
const arns: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::GlobalTable.Arn': (id) => arn('dynamodb', `table/${id}`),
  // Without the time of a real one, whose colons parliament takes for the ends of the ARN's parts.
  'AWS::DynamoDB::GlobalTable.StreamArn': (id) => arn('dynamodb', `table/${id}/stream/2026-11-30`),
  'AWS::Events::EventBus.Arn': (id) => arn('events', `event-bus/${id}`),
  'AWS::Events::Archive.Arn': (id) => arn('events', `archive/${id}`),
  'AWS::Events::Rule.Arn': (id) => arn('events', `rule/${id}`),
  'AWS::S3::Bucket.Arn': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::SQS::Queue.Arn': (id) => arn('sqs', id),
  'AWS::Logs::LogGroup.Arn': (id) => arn('logs', `log-group:${id}:*`),
  'AWS::SecretsManager::Secret.Ref': (id) => arn('secretsmanager', `secret:${id}-a1B2c3`),
};

const Resources = z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() }));
type Resources = z.infer<typeof Resources>;

const Intrinsic = z.strictObject({
  Ref: z.string().optional(),
  'Fn::GetAtt': z.tuple([z.string(), z.string()]).optional(),
  'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]).optional(),
});

const resolveReference = (resources: Resources, id: string, attribute: string): string => {
  const known = parameters[id];
  if (known !== undefined) return known;
  const name = `${resources[id]?.Type}.${attribute}`;
  const toArn = arns[name];
  if (toArn !== undefined) return toArn(id);
  if (attribute === 'Ref') return id;
  throw new Error(`the ARN of ${name} is not known here`);
};
const resolve = (resources: Resources, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => resolve(resources, one));
  if (typeof value !== 'object' || value === null) return value;
  const { data } = Intrinsic.safeParse(value);
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = data ?? {};
  if (Ref !== undefined) return resolveReference(resources, Ref, 'Ref');
  if (attribute !== undefined) return resolveReference(resources, ...attribute);
  if (join !== undefined) return join[1].map((one) => resolve(resources, one)).join(join[0]);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(resources, one)]));
};

const Held = z.looseObject({
  PolicyDocument: z.unknown().optional(),
  AssumeRolePolicyDocument: z.unknown().optional(),
  Roles: z.array(z.unknown()).default([]),
});
const kinds: Readonly<Record<string, ResolvedPolicy['kind']>> = {
  'AWS::IAM::Policy': 'identity',
  'AWS::IAM::Role': 'trust',
};

/** Every policy document of the template. Throws if a document holds an intrinsic function that is not known here. */
export const policiesOf = (template: Template): readonly ResolvedPolicy[] => {
  const resources = Resources.parse(template.toJSON().Resources);
  return Object.entries(resources).flatMap(([name, { Type, Properties }]) => {
    const { PolicyDocument, AssumeRolePolicyDocument, Roles } = Held.parse(Properties ?? {});
    const held = PolicyDocument ?? AssumeRolePolicyDocument;
    if (held === undefined) return [];
    const kind = kinds[Type] ?? 'resource';
    const document = Document.parse(resolve(resources, held));
    return [{ name, kind, holder: z.string().parse(resolve(resources, Roles[0] ?? name)), document }];
  });
};
