/** Compares the events of the table's stream, folded as a subscriber would, with the directories. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { EVENT_SOURCE } from '../../lib/events/event-source.ts';
import { createChangePublisher } from '../../lib/events/publish-changes.ts';
import { createChangeSources } from '../../lib/lambda/change-sources.ts';
import { createStreamReader } from '../../lib/local/stream-reader.ts';
import { passesFilter, toLambdaRecord } from '../../lib/local/stream-record.ts';
import type { JsonObject } from '../../lib/scim/index.ts';
import type { TableOptions } from '../../lib/store/table/client.ts';
import { compareDirectory, type Listed } from '../tools/compare-directory.ts';
import { foldEvents } from '../tools/fold-events.ts';
import type { ModelClient } from './model-client.ts';
import type { Directory, World } from './world.ts';

const BATCH = 100;

export type Subscriber = {
  /** Reads the new stream records and publishes their events as the stream function does. */
  readonly catchUp: () => Promise<void>;
  /** To be called after catchUp, without concurrent writes. @returns the differences, one line each */
  readonly compare: (world: World, reliable: ModelClient) => Promise<string[]>;
};

const ListResponse = z.object({
  Resources: z.array(z.record(z.string(), z.json())),
  nextCursor: z.string().optional(),
});
const Group = z.object({
  id: z.string(),
  meta: z.object({ version: z.string() }),
  members: z.array(z.object({ value: z.string() })).default([]),
});

const listAll = async (client: ModelClient, directory: Directory, endpoint: 'Users' | 'Groups') => {
  const all: JsonObject[] = [];
  const parameters: Record<string, string> = endpoint === 'Users' ? { excludedAttributes: 'groups' } : {};
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query: Record<string, string> = { cursor, count: '200', ...parameters };
    const { body } = await client.ask(directory, { method: 'GET', path: [endpoint], query });
    const { Resources, nextCursor }: z.infer<typeof ListResponse> = ListResponse.parse(body);
    all.push(...Resources);
    cursor = nextCursor;
  }
  return all;
};

/** @returns undefined if the table has no stream */
export const openSubscriber = async ({ client, tableName }: TableOptions): Promise<Subscriber | undefined> => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = Table?.LatestStreamArn;
  if (streamArn === undefined) return undefined;
  const { endpoint, region, credentials } = client.config;
  const streams = new DynamoDBStreamsClient({ ...(endpoint && { endpoint }), region, credentials });
  const reader = createStreamReader(streams, streamArn, undefined);
  const lines: string[] = [];
  const publishChanges = createChangePublisher({
    ...createChangeSources({ client, tableName }),
    publish: async (events) => {
      for (const { type, detail } of events)
        lines.push(JSON.stringify({ source: EVENT_SOURCE, 'detail-type': type, detail }));
      return { published: events.length };
    },
  });
  const publish = async (records: readonly DynamoDBRecord[]) => {
    for (let at = 0; at < records.length; at += BATCH) {
      const { poison, outage } = await publishChanges(records.slice(at, at + BATCH));
      const failure = outage ?? poison[0];
      if (failure !== undefined)
        throw new Error('the stream records could not be published', { cause: failure.reason });
    }
  };
  /** Members by group and version. */
  const members = new Map<string, string>();
  const judgeVersions = (groups: readonly JsonObject[]): string[] =>
    groups.flatMap((one) => {
      const group = Group.parse(one);
      const at = `${group.id} at version ${group.meta.version}`;
      const now = group.members.map(({ value }) => value).join(' ');
      const before = members.get(at) ?? now;
      members.set(at, before);
      return before === now ? [] : [`${at} had members ${before}, then ${now}`];
    });

  return {
    catchUp: async () => {
      for (;;) {
        const { records } = await reader.read();
        if (records.length === 0) return;
        await publish(records.filter(passesFilter).map((record) => toLambdaRecord(record, streamArn)));
      }
    },
    compare: async ({ directories }, reliable) => {
      const { faults, directories: folded } = foldEvents(lines);
      const found = [...faults];
      for (const directory of directories) {
        const state = folded.get(directory.settings.id);
        const groups = await listAll(reliable, directory, 'Groups');
        const listed: Listed[] = [
          { noun: 'user', resources: await listAll(reliable, directory, 'Users'), hasMembers: false },
          { noun: 'group', resources: groups, hasMembers: true },
        ];
        found.push(...(state === undefined ? [] : compareDirectory(state, listed)), ...judgeVersions(groups));
      }
      return found;
    },
  };
};
