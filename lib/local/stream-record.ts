/**
 * A record of DynamoDB Streams as Lambda passes it to a function: binary as base64, the time in seconds.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as LambdaValue } from 'aws-lambda';
import { streamed, table } from '../store/table/names.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

const toLambdaImage = (image: Readonly<Record<string, AttributeValue>>): Record<string, LambdaValue> =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toLambdaValue(value)]));

const toLambdaValue = (value: AttributeValue): LambdaValue => {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(toLambdaValue) };
  if (value.M !== undefined) return { M: toLambdaImage(value.M) };
  if (value.$unknown !== undefined)
    throw new Error(`a stream record has an attribute of unknown type: ${value.$unknown[0]}`);
  return value;
};

export function toLambdaRecord({ dynamodb = {}, ...record }: _Record, streamArn: string): DynamoDBRecord {
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage, ...rest } = dynamodb;
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    eventSourceARN: streamArn,
    dynamodb: {
      ...rest,
      ...(created === undefined ? {} : { ApproximateCreationDateTime: created.getTime() / 1000 }),
      ...(Keys === undefined ? {} : { Keys: toLambdaImage(Keys) }),
      ...(NewImage === undefined ? {} : { NewImage: toLambdaImage(NewImage) }),
      ...(OldImage === undefined ? {} : { OldImage: toLambdaImage(OldImage) }),
    },
  };
}

/** The event source mapping's filter: passes changes of resources, memberships, directories and tokens. */
export const passesFilter = ({ eventName, dynamodb }: _Record): boolean => {
  const sortKey = dynamodb?.Keys?.[table.sortKey]?.S ?? '';
  const isWanted = streamed.keys.some((key) => key === sortKey) || sortKey.startsWith(streamed.prefix);
  return (eventName === 'INSERT' || eventName === 'MODIFY') && isWanted;
};
