/** The CDK app: `npx cdk synth`, `npx cdk deploy`, with the context keys below as `-c key=value`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RollcallStack } from '../lib/infra/rollcall-stack.ts';

const app = new App();
const option = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};
/** NaN for a value that is no number, which the stack refuses. */
const numberOption = (name: string): number | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined || value === '' ? undefined : Number(value);
};
const requestsPerFiveMinutes = numberOption('rollcall:webAclRequestsPerFiveMinutes');
const directories = numberOption('rollcall:webAclDirectories');
new RollcallStack(app, 'Rollcall', {
  webhookUrl: option('webhookUrl'),
  alarmTopicArn: option('alarmTopicArn'),
  parallelizationFactor: numberOption('rollcall:parallelizationFactor'),
  webAcl: requestsPerFiveMinutes === undefined ? undefined : { requestsPerFiveMinutes, directories },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
app.synth();
