// Bundled in place of @smithy/core/checksum, which brings a SHA-256 in JavaScript for places without node:crypto (-4 kB).
import { createHash, createHmac } from 'node:crypto';

/** The `Checksum` of the SDK's signer: of one message, with a secret as an HMAC. */
export class Sha256 {
  #secret;
  #hash;
  constructor(secret) {
    this.#secret = secret;
    this.reset();
  }
  update(data) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {
    this.#hash = this.#secret ? createHmac('sha256', this.#secret) : createHash('sha256');
  }
}
