import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createToken, createTokenId } from '../../lib/tokens/token-format.ts';

test('a Secrets Manager that does not respond is an error within seconds, and not Unauthorized', async () => {
  const requested = vi.fn();
  const silent = createServer(() => void requested());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    TOKEN_SECRET_PREFIX: 'silent',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    AWS_MAX_ATTEMPTS: '1',
  });
  const { handler } = await import('../../functions/authorizer.ts');
  const authorizationToken = createToken(1, createTokenId());
  const event = { type: 'TOKEN', methodArn: 'arn:aws:execute-api:r:1:a/scim/GET/x', authorizationToken } as const;
  // Only the test advances the clock.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const refused = expect(handler(event)).rejects.toThrow(/Secrets Manager/);
  await expect.poll(() => requested.mock.calls.length).toBe(1);
  await vi.advanceTimersByTimeAsync(2000);
  await refused;
  vi.useRealTimers();
  silent.close();
  silent.closeAllConnections();
});
