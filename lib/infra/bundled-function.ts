/** One Lambda function of functions/, with a role and a log group of its own. */
import { AssetHashType, DockerImage, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_TIMEOUT_SECONDS } from '../lambda/times.ts';
import { bundleFunction, FUNCTIONS_FOLDER, type FunctionName } from './bundle.ts';

/** The code of `functions/<name>.ts`. `cdk synth` bundles it in its own process; the template tests skip that. */
const bundledCode = (name: FunctionName) =>
  Code.fromAsset(FUNCTIONS_FOLDER, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Required by the interface, but `local` does all the work. The command is the function's key in the CDK's cache.
      image: DockerImage.fromRegistry('scratch'),
      command: [name],
      local: {
        tryBundle: (folder) => {
          bundleFunction(name, `${folder}/index.js`);
          return true;
        },
      },
    },
  });

export type BundledFunctionProps = {
  readonly name: FunctionName;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /** @default the timeout of a request */
  readonly timeout?: Duration;
  /** In MB. @default 1024 */
  readonly memory?: number;
};

export type PolicyConditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export class BundledFunction extends LambdaFunction {
  readonly name: FunctionName;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const {
      name,
      description,
      environment,
      memory = 1024,
      timeout = Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
    } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not the CDK's default role, whose managed policy may write to every log group.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      code: bundledCode(name),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU scales with memory: half of it would double the time of a cold start.
      memorySize: memory,
      timeout,
      description,
      environment,
      role,
      logGroup,
    });
    this.name = name;
  }

  /** Adds one statement to the function's own role. */
  allow(actions: readonly string[], ...resources: readonly string[]): void {
    this.allowIf({}, actions, ...resources);
  }

  /** @param conditions as IAM writes them: operator to condition key to values */
  allowIf(conditions: PolicyConditions, actions: readonly string[], ...resources: readonly string[]): void {
    this.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources], conditions: { ...conditions } }),
    );
  }
}
