/** Settings that hold for every function and log group of a deployment. */
import { Validations } from 'aws-cdk-lib';
import { type IManagedPolicy, ManagedPolicy, PermissionsBoundary, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { FunctionName } from './bundle.ts';
import { BundledFunction } from './bundled-function.ts';

export type DeploymentSettings = {
  /** Days that CloudWatch keeps the logs of functions and of the API. @default one month */
  readonly logRetention?: RetentionDays | undefined;
  /** Memory in MB by function. CPU scales with it. @default 1024 */
  readonly memorySize?: Readonly<Partial<Record<FunctionName, number>>> | undefined;
  /**
   * Concurrent invocations that are reserved for a function, and its maximum. A new account has 10 for all functions
   * together and refuses every reservation.
   * @default none
   */
  readonly reservedConcurrency?: Readonly<Partial<Record<FunctionName, number>>> | undefined;
  /** X-Ray traces of the API and of every function. @default false */
  readonly tracing?: boolean | undefined;
  /** The boundary of every role: a managed policy, or its ARN. @default none */
  readonly permissionsBoundary?: IManagedPolicy | string | undefined;
};

const applyToFunction = (fn: BundledFunction, settings: DeploymentSettings): void => {
  const { memorySize = {}, reservedConcurrency = {}, tracing = false } = settings;
  const resource = fn.node.defaultChild;
  if (!(resource instanceof CfnFunction)) throw new Error(`${fn.node.path} has no function.`);
  resource.memorySize = memorySize[fn.name] ?? resource.memorySize;
  resource.reservedConcurrentExecutions = reservedConcurrency[fn.name];
  if (!tracing) return;
  resource.tracingConfig = { mode: 'Active' };
  fn.addToRolePolicy(
    // X-Ray has no resources to name (Service Authorization Reference).
    new PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] }),
  );
};

/** Applies the settings to everything below the construct. */
export const applySettings = (scope: IConstruct, settings: DeploymentSettings): void => {
  for (const one of scope.node.findAll()) {
    if (one instanceof BundledFunction) applyToFunction(one, settings);
    if (one instanceof CfnLogGroup && settings.logRetention !== undefined) one.retentionInDays = settings.logRetention;
  }
  if (settings.tracing === true)
    Validations.of(scope).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'Traces have no resource: the two actions of X-Ray can be allowed for all of them only.',
    });
  const { permissionsBoundary: boundary } = settings;
  if (boundary !== undefined)
    PermissionsBoundary.of(scope).apply(
      typeof boundary === 'string' ? ManagedPolicy.fromManagedPolicyArn(scope, 'Boundary', boundary) : boundary,
    );
};
