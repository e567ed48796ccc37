/** The local failure bucket for one test file, with an injected refusal. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import * as z from 'zod';
import type { Endpoint } from '../../lib/local/aws-json.ts';
import { serveFailureBucket } from '../../lib/local/s3.ts';
import { useProxy } from '../support/proxy.ts';

const Line = z.object({ key: z.string(), object: z.string() });
const Stored = z.object({ reason: z.string(), payload: z.string() });
const Batch = z.object({ Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: z.string() }) })) });

/** Call once at the top of a test file. @returns the file's bucket, empty at the start of each test */
export function useBucket() {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bucket-'));
  const file = join(folder, 'failed-records.ndjson');
  const held: { served?: Endpoint; refuses: boolean } = { refuses: false };
  const proxy = useProxy(() => new URL(held.served?.endpoint ?? '').origin);
  beforeAll(async () => {
    held.served = await serveFailureBucket(file);
    proxy.meddle(async (_, forward) => (held.refuses ? { status: 403, headers: {}, body: '' } : forward()));
  });
  afterAll(() => {
    held.served?.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    held.refuses = false;
    rmSync(file, { force: true });
  });
  return {
    file,
    url: (): string => `${proxy.origin()}${new URL(held.served?.endpoint ?? '').pathname}`,
    refuse: (refuses: boolean): void => {
      held.refuses = refuses;
    },
    /** Records that a function has put, by sequence number, with the reason. */
    records: (): readonly (readonly [string, string])[] => {
      const lines = existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
        : [];
      return lines.flatMap((line) => {
        const { reason, payload } = Stored.parse(JSON.parse(Line.parse(JSON.parse(line)).object));
        return Batch.parse(JSON.parse(payload)).Records.map(
          ({ dynamodb }) => [dynamodb.SequenceNumber, reason] as const,
        );
      });
    },
  };
}
