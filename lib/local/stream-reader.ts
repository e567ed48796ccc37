/** Reads a DynamoDB stream in order, oldest record first, from a shard to its child. Splits are not supported. */
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';

/** The last record handled, or only its shard if none was. */
export const StreamPosition = z.object({
  streamArn: z.string(),
  shardId: z.string(),
  sequenceNumber: z.string().optional(),
});
export type StreamPosition = z.infer<typeof StreamPosition>;
type ReadRecords = { readonly shardId: string; readonly records: readonly _Record[] };

export type StreamReader = {
  /** The next records, at most 1,000; empty if there are none yet. */
  read(): Promise<ReadRecords>;
};

/** @param after the position to resume from; one of another stream, or in an expired shard, means the oldest record */
export function createStreamReader(
  client: DynamoDBStreamsClient,
  streamArn: string,
  after: StreamPosition | undefined,
): StreamReader {
  let position = after?.streamArn === streamArn ? after : undefined;
  let iterator: string | undefined;

  const listShards = async () => {
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      last = StreamDescription?.LastEvaluatedShardId;
    } while (last !== undefined);
    return shards;
  };
  const chooseShard = async (): Promise<StreamPosition> => {
    const shards = await listShards();
    const ids = new Set(shards.map((shard) => shard.ShardId));
    if (position !== undefined && ids.has(position.shardId)) return position;
    const oldest = shards.find((shard) => shard.ParentShardId === undefined || !ids.has(shard.ParentShardId));
    if (oldest?.ShardId === undefined) throw new Error('the stream has no shard');
    return { streamArn, shardId: oldest.ShardId };
  };
  const openIterator = async ({ shardId, sequenceNumber }: StreamPosition) => {
    const from =
      sequenceNumber === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequenceNumber } as const);
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...from }),
    );
    return ShardIterator;
  };
  /** A shard without a next iterator is closed; the stream continues in its child. */
  const moveToChild = async (parent: StreamPosition) => {
    const child = (await listShards()).find((shard) => shard.ParentShardId === parent.shardId);
    if (child?.ShardId !== undefined) position = { streamArn, shardId: child.ShardId };
  };
  const readNext = async (): Promise<ReadRecords> => {
    const now = position ?? (await chooseShard());
    position = now;
    iterator ??= await openIterator(now);
    const { Records: records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: 1000 }),
    );
    iterator = NextShardIterator;
    const last = records.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) position = { ...now, sequenceNumber: last };
    if (iterator === undefined && records.length === 0) await moveToChild(now);
    return { shardId: now.shardId, records };
  };

  return {
    async read() {
      try {
        return await readNext();
      } catch (error) {
        iterator = undefined; // it may have expired
        throw error;
      }
    },
  };
}
