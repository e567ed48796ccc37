/** Redrive of the failure bucket: order, progress and what stays. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createFailureBucket } from '../../lib/events/failure-bucket.ts';
import type { PublishChanges } from '../../lib/events/publish-changes.ts';
import { createRedrive } from '../../lib/events/redrive.ts';
import { useBucket } from './bucket.ts';

type Change = { readonly eventID: string; readonly dynamodb: { readonly SequenceNumber: string } };
const bucket = useBucket();
const credentials = async () => ({ accessKeyId: 'local', secretAccessKey: 'local' });
const open = () => createFailureBucket<Change>({ url: bucket.url(), region: 'local', credentials });
const change = (position: number, eventID = `e${position}`): Change => ({
  eventID,
  dynamodb: { SequenceNumber: String(position) },
});
/** As the event source mapping writes it. */
const park = (...Records: Change[]) => appendFileSync(bucket.file, `${JSON.stringify({ Records })}\n`);
const left = () => (existsSync(bucket.file) ? readFileSync(bucket.file, 'utf8').split('\n').length - 1 : 0);

const redriveTo = (published: string[], refuses: (eventID: string) => boolean = () => false) => {
  const publishChanges: PublishChanges<Change> = async (records) => {
    const poison = records.flatMap(({ eventID }, record) => (refuses(eventID) ? [{ record, reason: 'planned' }] : []));
    published.push(...records.map(({ eventID }) => eventID).filter((id) => !refuses(id)));
    return { published: records.length, poison };
  };
  return createRedrive({
    batches: open(),
    publishChanges,
    positionOf: ({ dynamodb }) => dynamodb.SequenceNumber,
  });
};
const later = () => Date.now() + 60_000;

test('records of several batches are published in the order of the stream', async () => {
  park(change(900), change(20));
  await open().put(change(1000), 'planned');
  await open().put(change(3), 'planned');
  park(change(100));
  const published: string[] = [];
  const step = await redriveTo(published)(undefined, later());
  expect(published).toEqual(['e3', 'e20', 'e100', 'e900', 'e1000']);
  expect(step).toMatchObject({ redriven: 5, left: [] });
  expect(left()).toBe(0);
});

test('a record that was put twice is there once', async () => {
  await open().put(change(1), 'planned');
  await open().put(change(1), 'again');
  expect(bucket.records()).toEqual([['1', 'again']]);
});

test('a batch with a record that fails again stays, and the others are removed', async () => {
  park(change(1), change(2));
  await open().put(change(3), 'planned');
  const published: string[] = [];
  const step = await redriveTo(published, (id) => id === 'e1')(undefined, later());
  expect(published).toEqual(['e2', 'e3']);
  expect(step).toMatchObject({ redriven: 2, left: [{ reason: 'planned' }] });
  expect(left()).toBe(1);
});

test('a step that begins after its deadline publishes one batch, and says where the next one continues', async () => {
  await open().put(change(1), 'planned');
  await open().put(change(2), 'planned');
  const published: string[] = [];
  const redrive = redriveTo(published);
  const first = await redrive(undefined, Date.now() - 1);
  expect(published).toEqual(['e1']);
  expect(first.next).toMatch(/^records\/0+1-e1$/);
  const second = await redrive(first.next, Date.now() - 1);
  expect(published).toEqual(['e1', 'e2']);
  expect(await redrive(second.next, Date.now() - 1)).toEqual({ redriven: 0, left: [], next: undefined });
});
