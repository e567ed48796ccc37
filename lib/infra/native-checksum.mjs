// Bundled in place of @smithy/core/checksum, which brings its own SHA-256 for runtimes without node:crypto (-4 kB).
import { createHash, createHmac } from 'node:crypto';

/** The SDK signer's `Checksum` of a message; with a secret, an HMAC. */
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
