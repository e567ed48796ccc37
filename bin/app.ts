/** The CDK app: `npx cdk synth`, `npx cdk deploy`, with the options of lib/infra/context.ts as `-c key=value`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readContext } from '../lib/infra/context.ts';
import { addStack } from '../lib/infra/stack-from-context.ts';

const app = new App();
try {
  addStack(app, readContext(app.node.getAllContext()));
} catch (error) {
  // What an option must be, without a stack trace.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
app.synth();
