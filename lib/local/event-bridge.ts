/**
 * A local EventBridge: passes on each entry of PutEvents in the envelope that a rule's target receives.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../common/json-text.ts';
import { AwsError, type Operations } from './aws-json.ts';

const Entry = z.object({
  Source: z.string().min(1),
  DetailType: z.string().min(1),
  Detail: z.string(),
  EventBusName: z.string().optional(),
  /** Seconds since 1970. */
  Time: z.number().optional(),
  Resources: z.array(z.string()).optional(),
});
type Entry = z.infer<typeof Entry>;
const PutEvents = z.object({ Entries: z.array(Entry).min(1).max(10) });
/** 1 MB since 29 January 2026. */
const MAX_BYTES = 1024 * 1024;

/** An event as a subscriber receives it. */
export type DeliveredEvent = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

/** Whether the bus archives the event. Those of a backfill or a replay are left out: they can be published again. */
export const isArchived = ({ detail: { reason } }: DeliveredEvent): boolean =>
  reason !== 'backfill' && reason !== 'replay';

/** Size of an entry as EventBridge counts it: 14 bytes for the time, UTF-8 bytes for the rest. */
const bytesOf = ({ Source, DetailType, Detail, Time, Resources = [] }: Entry) =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    Time === undefined ? 0 : 14,
  );

const toDetail = (text: string): Record<string, unknown> | undefined =>
  z.record(z.string(), z.unknown()).safeParse(parseJson(text)).data;

/** @param receive called with each event, in the order of the entries, before PutEvents returns */
export const createEventBridge = (receive: (event: DeliveredEvent) => void): Operations => ({
  'AWSEvents.PutEvents': (input) => {
    const entries = PutEvents.parse(input).Entries;
    if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_BYTES)
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    const Entries = entries.map(({ Source, DetailType, Detail, Time, Resources = [] }) => {
      const detail = toDetail(Detail);
      if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
      const id = randomUUID();
      receive({
        version: '0',
        id,
        'detail-type': DetailType,
        source: Source,
        account: '000000000000',
        time: new Date(Time === undefined ? Date.now() : Time * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
        region: 'local',
        resources: Resources,
        detail,
      });
      return { EventId: id };
    });
    return { FailedEntryCount: Entries.filter((e) => 'ErrorCode' in e).length, Entries };
  },
});
