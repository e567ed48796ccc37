/** Publishes the requested events of a replay again, with reason `replay`. Reads the queue of the replay rule. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createPublisher, createPublisherClient } from '../lib/events/publish.ts';
import { createReplayFilter } from '../lib/events/replays.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';

const { eventBusName } = parseEnvironment(['eventBusName']);
const client = new EventBridgeClient();
const publish = createPublisher({ client: createPublisherClient(), busName: eventBusName });
const toWanted = createReplayFilter(client);

/** @returns the messages that SQS should deliver again */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = new Set<string>();
  const read = await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        return { messageId, event: await toWanted(body) };
      } catch (error) {
        console.error({
          message: 'Event not read.',
          reason: error instanceof Error ? error.name : error,
        });
        failed.add(messageId);
        return { messageId, event: undefined };
      }
    }),
  );
  const wanted = read.flatMap(({ messageId, event }) => (event === undefined ? [] : [{ messageId, event }]));
  const { published, refused = [], error } = await publish(wanted.map(({ event }) => event));
  const reasons = [...refused.map(({ reason }) => reason), ...(error === undefined ? [] : [error])];
  if (reasons.length > 0) console.error({ message: 'Replayed events not published.', reason: reasons.join(', ') });
  const unpublished = [...refused.flatMap(({ index }) => wanted[index] ?? []), ...wanted.slice(published)];
  for (const { messageId } of unpublished) failed.add(messageId);
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}
