/** Table access for the change publisher, shared by the stream function and the events function. */
import type { DynamoDBRecord } from 'aws-lambda';
import { cached } from '../common/cached.ts';
import { resourceTypes, resourceTypesOf } from '../scim/index.ts';
import { createDirectories } from '../store/directories/directories.ts';
import type { Directory } from '../store/items/directory-item.ts';
import { createSnapshots, readImage } from '../store/stream/images.ts';
import { createMemberVersions } from '../store/stream/repair-member-versions.ts';
import type { TableOptions } from '../store/table/client.ts';
import { DIRECTORY_CACHE_SECONDS } from './times.ts';

const image = (value: unknown) => (value === undefined ? undefined : readImage(value));

export const createChangeSources = (table: TableOptions) => ({
  resourceTypesOf: (directory: Directory | undefined) =>
    directory === undefined ? resourceTypes : resourceTypesOf(directory),
  readChange: ({ dynamodb }: DynamoDBRecord) => ({
    before: image(dynamodb?.OldImage),
    after: image(dynamodb?.NewImage),
  }),
  readDirectory: cached(createDirectories(table).read, { seconds: DIRECTORY_CACHE_SECONDS }),
  readNow: createSnapshots(table).readNow,
  countMemberChanges: createMemberVersions(table).count,
  reportUnknownNames: (events: number) =>
    console.error(JSON.stringify({ message: 'Events were published without the name of a deleted resource.', events })),
});
