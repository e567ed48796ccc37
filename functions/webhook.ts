/** Posts events to the subscriber's URL, signed. Reads the queue of the webhook rule. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createSignedDelivery, type Deliver } from '../lib/events/signed-delivery.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';

const { webhookUrl, webhookSecretArn } = parseEnvironment(['webhookUrl', 'webhookSecretArn']);
const secrets = new SecretsManagerClient();

/** Time after which a changed secret takes effect. */
const SECRET_CACHE_MS = 60_000;
const held: { deliver?: Deliver; until: number } = { until: 0 };

const openDelivery = async (): Promise<Deliver> => {
  if (held.deliver !== undefined && Date.now() < held.until) return held.deliver;
  const { SecretString: secret = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: webhookSecretArn }));
  if (secret === '') throw new Error('the webhook secret is empty');
  held.deliver = createSignedDelivery({ url: webhookUrl, secret });
  held.until = Date.now() + SECRET_CACHE_MS;
  return held.deliver;
};

/** @returns the messages that SQS should deliver again */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const deliver = await openDelivery();
  const failed = await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        await deliver(body);
        return [];
      } catch (error) {
        console.error({ message: 'An event could not be delivered.', messageId, reason: String(error) });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failed.flat() };
}
