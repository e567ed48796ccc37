/**
 * A local archive of the bus: replays events from the run's file to the function that publishes them again.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { AwsError, type Operations } from './aws-json.ts';
import { eventFiles } from './event-file.ts';

/** Times are in seconds since 1970. */
const StartReplay = z.object({
  ReplayName: z.string().regex(/^[.\w-]{1,64}$/),
  EventStartTime: z.number(),
  EventEndTime: z.number(),
  Description: z.string().max(512).optional(),
});
type StartReplay = z.infer<typeof StartReplay>;
const DescribeReplay = z.object({ ReplayName: z.string() });
const Event = z.looseObject({ time: z.iso.datetime() });
const Answer = z.object({ batchItemFailures: z.array(z.unknown()) });

const BATCH = 10;
const ATTEMPTS = 3;

export type ReplayProps = {
  /** The archive: events as delivered, one per line. */
  readonly eventsFile: string;
  /** The function that reads the queue of replayed events. */
  readonly handler: (event: SQSEvent) => Promise<unknown>;
};

async function* linesOf(file: string) {
  for (const one of eventFiles(file)) yield* createInterface(createReadStream(one));
}

/** Event times are whole seconds, so the start of the range is rounded down. */
async function* eventsWithin(file: string, { EventStartTime, EventEndTime }: StartReplay) {
  for await (const line of linesOf(file)) {
    if (line === '') continue;
    const event = Event.parse(JSON.parse(line));
    const seconds = Date.parse(event.time) / 1000;
    if (seconds >= Math.floor(EventStartTime) && seconds <= EventEndTime) yield event;
  }
}

const toMessage = (event: object, name: string): SQSRecord => ({
  messageId: crypto.randomUUID(),
  receiptHandle: '',
  body: JSON.stringify({ ...event, 'replay-name': name }),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: String(Date.now()),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: String(Date.now()),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:local:000000000000:replay',
  awsRegion: 'local',
});

export const createReplays = ({ eventsFile, handler }: ReplayProps): Operations => {
  const replays = new Map<string, { readonly request: StartReplay; state: string }>();

  const deliver = async (Records: SQSRecord[]): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const { batchItemFailures } = Answer.parse(await handler({ Records }));
      if (batchItemFailures.length === 0) return;
      if (attempt === ATTEMPTS)
        throw new Error(`could not publish ${batchItemFailures.length} of ${Records.length} replayed events`);
    }
  };
  const run = async (request: StartReplay): Promise<void> => {
    let batch: SQSRecord[] = [];
    for await (const event of eventsWithin(eventsFile, request)) {
      batch.push(toMessage(event, request.ReplayName));
      if (batch.length < BATCH) continue;
      await deliver(batch);
      batch = [];
    }
    if (batch.length > 0) await deliver(batch);
  };

  return {
    'AWSEvents.StartReplay': (input) => {
      const request = StartReplay.parse(input);
      if (replays.has(request.ReplayName))
        throw new AwsError('ResourceAlreadyExistsException', `The replay ${request.ReplayName} already exists.`);
      const replay = { request, state: 'RUNNING' };
      replays.set(request.ReplayName, replay);
      run(request).then(
        () => {
          replay.state = 'COMPLETED';
        },
        (error: unknown) => {
          replay.state = 'FAILED';
          console.error(error);
        },
      );
      return { State: 'STARTING', ReplayStartTime: Date.now() / 1000 };
    },
    'AWSEvents.DescribeReplay': (input) => {
      const { ReplayName } = DescribeReplay.parse(input);
      const replay = replays.get(ReplayName);
      if (replay === undefined)
        throw new AwsError('ResourceNotFoundException', `The replay ${ReplayName} does not exist.`);
      return { ReplayName, State: replay.state, Description: replay.request.Description };
    },
  };
};
