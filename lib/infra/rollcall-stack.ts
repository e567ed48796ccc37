/** The stack of `cdk deploy`: one endpoint, with the logical ids of the first release, and its outputs. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ScimEndpoint, type ScimEndpointProps } from './scim-endpoint.ts';

/** `cloudWatchRole` is `create` by default. */
export type RollcallStackProps = Omit<StackProps, 'permissionsBoundary'> & Partial<ScimEndpointProps>;

export class RollcallStack extends Stack {
  readonly endpoint: ScimEndpoint;

  /** @throws RangeError, Error as ScimEndpoint does */
  constructor(scope: Construct, id: string, { permissionsBoundary, ...props }: RollcallStackProps = {}) {
    super(scope, id, { description: 'Rollcall: SCIM 2.0 in, lifecycle events out', ...props });
    // Its id does not count in logical ids (test/infra/frozen-resources.test.ts).
    this.endpoint = new ScimEndpoint(this, 'Default', { cloudWatchRole: 'create', permissionsBoundary, ...props });
    this.endpoint.addOutputs();
  }
}
