/** The CDK app: `npx cdk synth`, `npx cdk deploy`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RollcallStack } from '../lib/infra/rollcall-stack.ts';

const app = new App();
new RollcallStack(app, 'Rollcall');
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
app.synth();
