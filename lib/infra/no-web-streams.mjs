// Bundled in place of node:stream/web, for which Node would load 8 modules: middy imports it for streamed responses,
// which Rollcall does not use.
export class ReadableStream {}
