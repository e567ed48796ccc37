/** Posts each event to a URL, signed, for subscribers without an EventBridge consumer. Off unless a URL is given. */
import { Validations } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../events/event-source.ts';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { EventQueue } from './event-queue.ts';
import { tokenReadActions } from './permissions.ts';

export type WebhookProps = {
  readonly bus: EventBus;
  /** An https URL. */
  readonly url: string;
};

/** Five hours, at three minutes apart. */
const ATTEMPTS = 100;

export class Webhook extends Construct {
  readonly deadLetters: Queue;
  readonly secretArn: string;

  /** @throws Error if the URL is not https */
  constructor(scope: Construct, id: string, { bus, url }: WebhookProps) {
    super(scope, id);
    if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
      throw new Error(`The webhook URL must be an https URL, not ${JSON.stringify(url)}.`);
    const secret = new Secret(this, 'Secret', {
      description: "Signs the events that Rollcall's webhook posts",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    const fn = new BundledFunction(this, 'Function', {
      name: 'webhook',
      description: 'Posts events, signed, to the URL of a subscriber',
      environment: { [variables.webhookUrl]: url, [variables.webhookSecretArn]: secret.secretArn },
    });
    fn.allow(tokenReadActions, secret.secretArn);
    const pattern = { source: [EVENT_SOURCE] };
    this.deadLetters = new EventQueue(this, 'Events', { bus, pattern, fn, attempts: ATTEMPTS }).deadLetters;
    this.secretArn = secret.secretArn;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'The subscriber must change its copy at the same time, so the secret is rotated by hand.',
    });
  }
}
