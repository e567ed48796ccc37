// Bundled in place of node:stream/web: middy imports it for streamed answers, of which there are none, and Node would load 8 modules.
export class ReadableStream {}
