/** The EventBridge schema registry: one schema per event type, from which subscribers can generate code. */
import { Stack } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { registrySchemas } from '../events/event-schemas.ts';

const toId = (type: string) =>
  type.replace(/(^|[._])([a-z])/g, (_match, _before, letter: string) => letter.toUpperCase());

export class EventRegistry extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', {
      registryName: `${Stack.of(this).stackName}-events`,
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
