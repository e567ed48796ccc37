/**
 * Verifies the signature of a posted event. Copy this file. The header is
 * `X-Rollcall-Signature: t=<seconds since 1970>,v1=<hex>`, where v1 is HMAC-SHA-256 over `<t>.<body>`.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signatures outside this window, in the past or the future, are rejected to prevent replay attacks. */
const TOLERANCE_SECONDS = 300;
const HEADER = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/;

export type SignedRequest = {
  /** The body exactly as received, before JSON.parse. */
  readonly body: string;
  /** Value of the header `X-Rollcall-Signature`. */
  readonly signature: string | undefined;
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: number;
};

export const isSigned = ({ body, signature = '', secret, now = Date.now() }: SignedRequest): boolean => {
  const [, time, digest] = HEADER.exec(signature) ?? [];
  if (time === undefined || digest === undefined) return false;
  if (Math.abs(now / 1000 - Number(time)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(digest, 'hex'));
};
