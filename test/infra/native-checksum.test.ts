/** The checksum of the bundles produces the same request signatures as the SDK's own SHA-256. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';

const substitute = (await import(new URL('../../lib/infra/native-checksum.mjs', import.meta.url).href)) as {
  readonly Sha256: ConstructorParameters<typeof SignatureV4>[0]['sha256'];
};
const sdk = { Sha256: new DynamoDBClient({ region: 'local' }).config.sha256 };

const sign = ({ Sha256 }: typeof substitute, body: string | Uint8Array) =>
  new SignatureV4({
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'sécret' },
    region: 'eu-central-1',
    service: 'dynamodb',
    sha256: Sha256,
  }).sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: 'dynamodb.eu-central-1.amazonaws.com',
      path: '/',
      query: {},
      headers: { host: 'dynamodb.eu-central-1.amazonaws.com' },
      body,
    },
    { signingDate: new Date('2026-11-22T10:00:00Z') },
  );

test.each([
  ['text', '{"ä":1}'],
  ['bytes', new Uint8Array([0, 255, 7])],
  ['an empty body', ''],
])('signs %s like the SDK', async (_, body) => {
  const { headers } = await sign(substitute, body);
  expect(headers).toEqual((await sign(sdk, body)).headers);
  expect(headers.authorization).toMatch(/Signature=[0-9a-f]{64}$/);
});
