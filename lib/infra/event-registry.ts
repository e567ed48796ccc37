/** The EventBridge schema registry: one schema per event type, from which subscribers can generate code. */
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { registrySchemas } from '../events/event-schemas.ts';

/** Regions without AWS::EventSchemas (resource specification of CloudFormation, November 2026). */
const WITHOUT_REGISTRY: ReadonlySet<string> = new Set([
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'il-central-1',
  'mx-central-1',
]);
/** Whether the region has a schema registry; also for one that is not known yet, such as that of a token. */
export const hasSchemaRegistry = (region: string): boolean => !WITHOUT_REGISTRY.has(region);

const toId = (type: string) =>
  type.replace(/(^|[._])([a-z])/g, (_match, _before, letter: string) => letter.toUpperCase());

export class EventRegistry extends Construct {
  constructor(scope: Construct, id: string, { registryName }: { readonly registryName: string }) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', {
      registryName,
      description: 'Lifecycle events of Rollcall',
    });
    for (const [type, schema] of registrySchemas())
      new CfnSchema(this, toId(type), {
        registryName: registry.attrRegistryName,
        schemaName: type,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(schema),
      });
  }
}
