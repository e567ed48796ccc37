/** The stack for the tests of lib/infra: with the feature flags of cdk.json, without bundling. */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { RollcallStack, type RollcallStackProps } from '../../lib/infra/rollcall-stack.ts';

const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync('cdk.json', 'utf8')));

export const createStack = (props: RollcallStackProps = {}) =>
  new RollcallStack(new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } }), 'Rollcall', props);

export const createTemplate = () => Template.fromStack(createStack());

type Resource = Readonly<Record<string, unknown>> & { readonly Properties: Readonly<Record<string, unknown>> };

/** All resources of a type by logical id. Throws if there are none, so that a loop over them cannot pass vacuously. */
export const resourcesOf = (template: Template, type: string): [string, Resource][] => {
  const found = Object.entries(template.findResources(type)).map(
    ([id, { Properties = {}, ...rest }]): [string, Resource] => [id, { ...rest, Properties }],
  );
  if (found.length === 0) throw new Error(`the template has no ${type}`);
  return found;
};

/** A template value in readable form, without hashes of logical ids: `<Directories.Arn>`, `<AWS::Region>`. */
export const render = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = Intrinsic.parse(value);
  if (Ref !== undefined) return `<${withoutHash(Ref)}>`;
  if (attribute !== undefined) return `<${withoutHash(attribute[0])}.${attribute[1]}>`;
  if (join !== undefined) return join[1].map(render).join(join[0]);
  throw new Error(`cannot render ${JSON.stringify(value)}`);
};
const Intrinsic = z.object({
  Ref: z.string().optional(),
  'Fn::GetAtt': z.tuple([z.string(), z.string()]).optional(),
  'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]).optional(),
});
const withoutHash = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');
