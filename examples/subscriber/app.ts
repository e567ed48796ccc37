/** `npx cdk deploy -c busName=NAME`, in this folder. */
import { App } from 'aws-cdk-lib';
import { SubscriberStack } from './subscriber-stack.ts';

const app = new App();
const busName: unknown = app.node.tryGetContext('busName');
if (typeof busName !== 'string') throw new Error('Say -c busName=NAME: the output EventBusName of the Rollcall stack.');
new SubscriberStack(app, 'RollcallSubscriber', { busName });
