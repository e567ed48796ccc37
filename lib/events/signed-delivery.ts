/**
 * Posts events to a URL, signed: `X-Rollcall-Signature: t=<seconds since 1970>,v1=<hex>`, where v1 is HMAC-SHA-256
 * (RFC 2104) over `<t>.<body>`. Subscribers verify it with lib/subscriber/verify-signature.ts.
 */
import { createHmac } from 'node:crypto';

export type SignedDelivery = {
  readonly url: string;
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};
/** @throws Error if the subscriber does not respond within ten seconds, or responds with a status other than 2xx */
export type Deliver = (body: string) => Promise<void>;

const TIMEOUT_MS = 10_000;

const sign = (secret: string, body: string, seconds: number): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

export function createSignedDelivery({ url, secret, now = Date.now }: SignedDelivery): Deliver {
  return async (body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Rollcall-Signature': sign(secret, body, Math.floor(now() / 1000)),
      },
      body,
      // A redirect would disclose a signed event to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new Error('the subscriber did not respond', { cause: error });
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the subscriber responded with status ${response.status}`);
  };
}
