/** Access of one import to the core: sends requests, with a given id if ids are kept, and turns errors into outcomes. */
import {
  type Caller,
  createServiceProvider,
  type JsonObject,
  own,
  type ResourceType,
  resourceTypesOf,
  type ScimResponse,
  type Store,
} from '../scim/index.ts';
import { createDryStore } from './dry-store.ts';
import type { LineResult } from './transfer-messages.ts';

export type ImportOptions = {
  /** Resources keep the ids of their lines and are matched by them, not by externalId or name. */
  readonly keepIds: boolean;
  /** Writes nothing; results say what would happen. */
  readonly dryRun: boolean;
};

export type Outcome = Omit<LineResult, 'line'>;
type SessionRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  readonly ifMatch?: string;
  /** The id for the resource that a POST creates. */
  readonly givenId?: string | undefined;
};
export type Session = {
  readonly options: ImportOptions;
  /** With the directory's own schemas. */
  readonly types: readonly ResourceType[];
  readonly send: (request: SessionRequest) => Promise<ScimResponse>;
};

/** The reason why a line is not imported, as an outcome. */
export class Refusal extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(outcome.detail);
    this.name = 'Refusal';
    this.outcome = outcome;
  }
}
export const refusal = (status: number, detail: string) => new Refusal({ outcome: 'refused', status, detail });

/** Passes on a successful response. @throws Refusal, `unfinished` for 429 and 503 */
export const demand = (response: ScimResponse): ScimResponse => {
  const { status, body = {} } = response;
  if (status < 400) return response;
  const detail = String(own(body, 'detail') ?? status);
  const isTemporary = status === 429 || status === 503;
  throw new Refusal({ outcome: isTemporary ? 'unfinished' : 'refused', status, detail });
};

/** Excludes memberships, which are imported separately and may be very many. */
export const withoutMemberships = ({ members, memberOf }: ResourceType): Readonly<Record<string, string>> => {
  const attributes = [members?.attribute, memberOf?.attribute].filter((name) => name !== undefined);
  return attributes.length === 0 ? {} : { excludedAttributes: attributes.join(',') };
};

const headersOf = ({ ifMatch }: SessionRequest): ReadonlyMap<string, string> =>
  new Map([
    ['content-type', 'application/scim+json'],
    ...(ifMatch === undefined ? [] : [['if-match', ifMatch] as const]),
  ]);

export const openSession = (store: Store, caller: Caller, options: ImportOptions): Session => {
  const used = options.dryRun ? createDryStore(store) : store;
  const serve = createServiceProvider(() => used);
  return {
    options,
    types: resourceTypesOf(caller.directory),
    send: (request) => {
      const { method, path, query = {}, body, givenId } = request;
      const headers = headersOf(request);
      const scimRequest = {
        method,
        path,
        query: new Map(Object.entries(query)),
        header: (name: string) => headers.get(name),
        body: body && JSON.stringify(body),
        baseUrl: '',
      };
      return serve(scimRequest, { ...caller, givenId });
    },
  };
};
