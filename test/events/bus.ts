/** EventBridge stand-in for one test file, with injected faults. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import * as z from 'zod';
import { AwsError, type Endpoint, serveAwsJson } from '../../lib/local/aws-json.ts';
import { createEventBridge, type DeliveredEvent } from '../../lib/local/event-bridge.ts';

const Input = z.object({ Entries: z.array(z.object({ Detail: z.string() }).loose()) });
const Output = z.object({ Entries: z.array(z.record(z.string(), z.string())) });
const Detail = z.looseObject({ eventId: z.string() });
const detailOf = (text: string) => Detail.parse(JSON.parse(text));
const eventIdOf = (text: string) => detailOf(text).eventId;

type Faults = {
  /** Called for each entry of each request. @returns the error code, or true for throttling */
  refuses: (eventId: string, detail: z.infer<typeof Detail>) => boolean | string;
  /** Called once per request. @returns the name of the error, or true for an internal one */
  fails: (eventIds: readonly string[]) => boolean | string;
  /** Bytes of a request. @default 256 KB */
  mostBytes: number;
};
export type Bus = {
  readonly endpoint: string;
  readonly client: EventBridgeClient;
  readonly faults: Faults;
  readonly received: readonly DeliveredEvent[];
  /** eventIds by request. */
  readonly requests: readonly (readonly string[])[];
  readonly sizes: readonly number[];
};

/** Call once at the top of a test file. @returns the file's bus, empty and without faults at the start of each test */
export function useBus(): () => Bus {
  const received: DeliveredEvent[] = [];
  const requests: string[][] = [];
  const sizes: number[] = [];
  const faults: Faults = { refuses: () => false, fails: () => false, mostBytes: 256 * 1024 };
  const held: { served?: Endpoint; client?: EventBridgeClient } = {};
  const real = createEventBridge((event) => received.push(event))['AWSEvents.PutEvents'];

  const putEvents = (input: unknown) => {
    const { Entries } = Input.parse(input);
    requests.push(Entries.map(({ Detail }) => eventIdOf(Detail)));
    sizes.push(Entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0));
    if (Entries.length > 10 || (sizes.at(-1) ?? 0) > faults.mostBytes)
      throw new AwsError('ValidationException', 'too large');
    const failure = faults.fails(requests.at(-1) ?? []);
    if (failure !== false) throw new AwsError(failure === true ? 'InternalException' : failure, 'planned');
    const answers = Entries.map((entry) => {
      const refusal = faults.refuses(eventIdOf(entry.Detail), detailOf(entry.Detail));
      if (refusal === false) return Output.parse(real?.({ Entries: [entry] })).Entries[0];
      return { ErrorCode: refusal === true ? 'ThrottlingException' : refusal, ErrorMessage: 'planned' };
    });
    return { FailedEntryCount: answers.filter((answer) => answer && 'ErrorCode' in answer).length, Entries: answers };
  };

  beforeAll(async () => {
    held.served = await serveAwsJson({ 'AWSEvents.PutEvents': putEvents });
    held.client = new EventBridgeClient({
      endpoint: held.served.endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  afterAll(() => {
    held.client?.destroy();
    held.served?.close();
  });
  beforeEach(() => {
    for (const list of [received, requests, sizes]) list.length = 0;
    faults.refuses = () => false;
    faults.fails = () => false;
    faults.mostBytes = 256 * 1024;
  });
  return () => {
    if (held.served === undefined || held.client === undefined) throw new Error('the bus has not started');
    return { endpoint: held.served.endpoint, client: held.client, faults, received, requests, sizes };
  };
}
