/** The events part of the admin API, protected by AWS IAM; in the local run it listens on loopback only. */
import { EventBridgeClient, ResourceNotFoundException } from '@aws-sdk/client-eventbridge';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, DynamoDBRecord } from 'aws-lambda';
import { badRequest, notFound } from '../lib/admin/admin-error.ts';
import { eventOperations } from '../lib/admin/event-operations.ts';
import { createEventHandlers, type EventOperations } from '../lib/admin/events-api.ts';
import { createRouter } from '../lib/admin/router.ts';
import { type BackfillPlace, createBackfill } from '../lib/events/backfill.ts';
import { createFailureBucket } from '../lib/events/failure-bucket.ts';
import type { Change } from '../lib/events/occurrence.ts';
import { createPublisher, createPublisherClient } from '../lib/events/publish.ts';
import { createChangePublisher, toEventDirectory } from '../lib/events/publish-changes.ts';
import { createRedrive } from '../lib/events/redrive.ts';
import { readReplay, startReplay } from '../lib/events/replays.ts';
import { createTestEvent, testableTypes } from '../lib/events/test-event.ts';
import { describeFailure } from '../lib/events/unreadable.ts';
import { fromAdminAnswer, toAdminRequest } from '../lib/lambda/admin-request.ts';
import { createChangeSources } from '../lib/lambda/change-sources.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import type { ResourceType } from '../lib/scim/index.ts';
import { createPresentState } from '../lib/store/stream/snapshot-pages.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const environment = parseEnvironment([
  'tableName',
  'eventBusName',
  'eventBusArn',
  'archiveArn',
  'replayRuleArn',
  'failureBucketUrl',
  'eventLimitBytes',
  'region',
]);
const { archiveArn, replayRuleArn, eventBusArn, eventLimitBytes: limitBytes } = environment;
const table = { client: createTableClient(), tableName: environment.tableName };
const eventBridge = new EventBridgeClient();
const publish = createPublisher({ client: createPublisherClient(), busName: environment.eventBusName, limitBytes });
const sources = { ...createChangeSources(table), limitBytes };

const redrive = createRedrive<DynamoDBRecord>({
  batches: createFailureBucket({
    url: environment.failureBucketUrl,
    region: environment.region,
    credentials: fromEnv(),
  }),
  publishChanges: createChangePublisher({ ...sources, publish }),
  positionOf: ({ dynamodb }) => dynamodb?.SequenceNumber ?? '',
});
const { readPage } = createPresentState(table);
const publishChanges = createChangePublisher({ ...sources, readChange: (change: Change) => change, publish });

/** Short enough that a step ends before API Gateway's 29 seconds even if its last page is slow. */
const STEP_MS = 10_000;

const requireDirectory = async (id: string) => {
  const directory = await sources.readDirectory(id);
  if (directory === undefined) throw notFound(`There is no directory ${id}.`);
  return directory;
};

const PLACE = /^([A-Za-z]+)\/([0-9a-f-]{36})?$/;
const parsePlace = (text: string | undefined, types: readonly ResourceType[]): BackfillPlace | undefined => {
  if (text === undefined) return undefined;
  const [, type, after] = PLACE.exec(text) ?? [];
  if (type === undefined || !types.some(({ name }) => name === type))
    throw badRequest('next: must be the `next` of a previous response');
  return { type, after };
};

const operations: EventOperations = {
  startReplay: (order) =>
    startReplay(eventBridge, { archive: archiveArn, bus: eventBusArn, rule: replayRuleArn }, order),
  readReplay: (name) =>
    readReplay(eventBridge, name).catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }),
  async redrive(after) {
    const { redriven, left, next } = await redrive(after, Date.now() + STEP_MS);
    for (const { name, reason } of left)
      console.error({ message: 'A batch failed again.', name, reason: describeFailure(reason) });
    const batches = left.map(({ name, reason }) => ({ name, reason: describeFailure(reason) }));
    return { count: redriven, left: batches, ...(next === undefined ? {} : { next }) };
  },
  async backfill(directory, text) {
    const types = sources.resourceTypesOf(await requireDirectory(directory));
    const backfill = createBackfill({ resourceTypes: types, readPage, publishChanges });
    const until = Date.now() + STEP_MS;
    let step = await backfill(directory, parsePlace(text, types));
    let count = step.events;
    while (step.next !== undefined && Date.now() < until) {
      step = await backfill(directory, step.next);
      count += step.events;
    }
    return { count, ...(step.next === undefined ? {} : { next: `${step.next.type}/${step.next.after ?? ''}` }) };
  },
  async send({ type, directory }) {
    const event = createTestEvent(type, toEventDirectory(directory, await requireDirectory(directory)));
    if (event === undefined) throw badRequest(`type: expected one of ${testableTypes.join(', ')}`);
    const { error, refused = [] } = await publish([event]);
    const reason = error ?? refused[0]?.reason;
    if (reason !== undefined) throw new Error(reason);
    return { eventId: String(event.detail.eventId) };
  },
};
const answer = createRouter(eventOperations, createEventHandlers(operations), (error, requestId) =>
  console.error(JSON.stringify({ requestId }), error),
);

const handle = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> =>
  fromAdminAnswer(await answer(toAdminRequest(event, { scheme: 'https', seconds: STEP_MS / 1000 })));

export const handler = middy(handle);
