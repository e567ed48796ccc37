// Bundled in place of @aws-sdk/endpoint-cache: the DynamoDB client needs it only for endpoint discovery, which is off
// (-7 kB).
export class EndpointCache {
  getEndpoint() {}
  get() {}
  set() {}
  delete() {}
  has() {
    return false;
  }
  clear() {}
}
