/** The whole deployment, as a paragraph. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { VERSION_SEGMENT } from '../lambda/routes.ts';
import { DirectoryTable } from './directory-table.ts';
import { FailureBucket } from './failure-bucket.ts';
import { LifecycleBus } from './lifecycle-bus.ts';
import { LifecycleEvents } from './lifecycle-events.ts';
import { ScimApi } from './scim-api.ts';
import { ScimFunctions } from './scim-functions.ts';
import { Sweep } from './sweep.ts';
import { TokenExpiry } from './token-expiry.ts';

export class RollcallStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, { description: 'Rollcall: SCIM 2.0 in, lifecycle events out', ...props });
    const tokenSecretPrefix = `rollcall/${this.stackName}/tokens`;

    const table = new DirectoryTable(this, 'Directories');
    const bus = new LifecycleBus(this, 'Events');
    const failed = new FailureBucket(this, 'FailedRecords');
    new LifecycleEvents(this, 'LifecycleEvents', { table, bus, failed });
    new Sweep(this, 'Sweep', { table });
    new TokenExpiry(this, 'TokenExpiry', { table, tokenSecretPrefix });
    const { routed, authorizer } = new ScimFunctions(this, 'Functions', { table, tokenSecretPrefix });
    const api = new ScimApi(this, 'Api', { functions: routed, authorizer });

    // The operator's CLI finds a deployment by the first two names.
    this.output('BaseUrl', api.urlForPath(`/${VERSION_SEGMENT}`), 'The SCIM base URL for identity providers');
    this.output('AdminUrl', api.urlForPath('/admin'), 'The administration API, for requests signed with AWS IAM');
    this.output('EventBusName', bus.eventBusName, 'The EventBridge bus to subscribe to');
    this.output('TableName', table.tableName, 'The DynamoDB table');
    this.output(
      'KeptAfterDestroy',
      `${tokenSecretPrefix}/*`,
      'Secrets with tokens, made at run time: they, the table and the bucket of failed records stay after cdk destroy',
    );
  }

  private output(name: string, value: string, description: string) {
    new CfnOutput(this, name, { value, description });
  }
}
