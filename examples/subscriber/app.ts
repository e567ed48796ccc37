/** The CDK app. Deploy it from this folder with `npx cdk deploy -c busName=NAME`. */
import { App } from 'aws-cdk-lib';
import { SubscriberStack } from './subscriber-stack.ts';

const app = new App();
const busName: unknown = app.node.tryGetContext('busName');
if (typeof busName !== 'string')
  throw new Error('Pass -c busName=NAME, the output EventBusName of the Rollcall stack.');
new SubscriberStack(app, 'RollcallSubscriber', { busName });
