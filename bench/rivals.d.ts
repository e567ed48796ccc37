/** Types of the libraries to compare with. They are installed on demand, so tsc must do without them. */

declare module 'scimmy' {
  type Schema = { readonly id: string };
  const SCIMMY: {
    readonly Types: { readonly Filter: new (expression: string) => { match<T>(values: readonly T[]): T[] } };
    readonly Schemas: {
      readonly User: {
        new (resource: object, direction?: 'in' | 'out' | 'both'): object;
        readonly definition: { extend(schema: Schema): void };
      };
      readonly EnterpriseUser: { readonly definition: Schema };
    };
    readonly Messages: {
      readonly PatchOp: new (
        request: object,
      ) => { apply(resource: object, finalise: (instance: object) => Promise<object>): Promise<object> };
    };
  };
  // biome-ignore lint/style/noDefaultExport: the library has a default export
  export default SCIMMY;
}

declare module 'scim2-parse-filter' {
  type Filter = { readonly op: string };
  export const parse: (text: string) => Filter;
  export const filter: (filter: Filter) => (resource: object) => boolean;
}

declare module 'scim-patch' {
  type Operation = { readonly op: string; readonly path?: string; readonly value?: unknown };
  export const patchBodyValidation: (body: object) => void;
  export const scimPatch: (
    resource: object,
    operations: readonly Operation[],
    options: { mutateDocument: boolean; treatMissingAsAdd: boolean },
  ) => object;
}
