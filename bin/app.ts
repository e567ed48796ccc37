/** The CDK app: `npx cdk synth`, `npx cdk deploy [-c webhookUrl=URL] [-c alarmTopicArn=ARN]`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RollcallStack } from '../lib/infra/rollcall-stack.ts';

const app = new App();
const option = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};
new RollcallStack(app, 'Rollcall', { webhookUrl: option('webhookUrl'), alarmTopicArn: option('alarmTopicArn') });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
app.synth();
