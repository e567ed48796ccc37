/**
 * Replays of the bus's archive. EventBridge replays a time range to the one rule that we name; the function behind that
 * rule drops the events that were not requested and publishes the others with reason `replay`.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html
 */
import { randomBytes } from 'node:crypto';
import { DescribeReplayCommand, type EventBridgeClient, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod/mini';
import type { LifecycleEvent } from './envelope.ts';
import { REPLAY_PREFIX } from './event-source.ts';

const Filter = z.object({ directory: z.optional(z.string()), type: z.optional(z.string()) });
type Filter = z.infer<typeof Filter>;
export type ReplayOrder = Filter & { readonly since: Date; readonly until: Date };
export type ReplayState = { readonly name: string; readonly state: string; readonly reason?: string | undefined };

/** ARNs of the archive to replay, the bus to replay to and the rule to match. */
export type ReplaySource = { readonly archive: string; readonly bus: string; readonly rule: string };

const newName = (now: Date) =>
  `${REPLAY_PREFIX}${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}-${randomBytes(4).toString('hex')}`;

/** Starts a replay, with the filter in its description: a replay has no other field for it. */
export const startReplay = async (
  client: EventBridgeClient,
  { archive, bus, rule }: ReplaySource,
  { since, until, ...filter }: ReplayOrder,
): Promise<ReplayState> => {
  const name = newName(new Date());
  const { State = 'STARTING' } = await client.send(
    new StartReplayCommand({
      ReplayName: name,
      EventSourceArn: archive,
      EventStartTime: since,
      EventEndTime: until,
      Destination: { Arn: bus, FilterArns: [rule] },
      Description: JSON.stringify(filter),
    }),
  );
  return { name, state: State };
};

export const readReplay = async (client: EventBridgeClient, name: string): Promise<ReplayState> => {
  const { State = 'UNKNOWN', StateReason } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
  return { name, state: State, reason: StateReason };
};

const Replayed = z.object({
  'replay-name': z.string(),
  'detail-type': z.string(),
  detail: z.looseObject({ eventId: z.string(), directory: z.object({ id: z.string() }) }),
});
type Replayed = z.infer<typeof Replayed>;

const isWanted = ({ directory, type }: Filter, { detail, 'detail-type': detailType }: Replayed) =>
  (directory === undefined || directory === detail.directory.id) && (type === undefined || type === detailType);

/** @returns a function from the text of a replayed event to the event to publish, undefined if it was not requested */
export const createReplayFilter = (client: EventBridgeClient) => {
  const filters = new Map<string, Promise<Filter>>();
  const readFilter = async (name: string): Promise<Filter> => {
    const { Description = '{}' } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
    return Filter.parse(JSON.parse(Description));
  };
  const filterOf = (name: string): Promise<Filter> => {
    const cached = filters.get(name);
    if (cached !== undefined) return cached;
    const filter = readFilter(name);
    filter.catch(() => filters.delete(name)); // failures are not cached
    filters.set(name, filter);
    return filter;
  };
  return async (text: string): Promise<LifecycleEvent | undefined> => {
    const event = Replayed.parse(JSON.parse(text));
    if (!isWanted(await filterOf(event['replay-name']), event)) return undefined;
    const { detail, 'detail-type': type } = event;
    // A replay does not keep the order, so each event has an order key of its own.
    return { type, detail: { ...detail, reason: 'replay' } as LifecycleEvent['detail'], orderKey: detail.eventId };
  };
};
