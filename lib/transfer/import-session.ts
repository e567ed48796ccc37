/** One import's way to the core: requests of a caller who may say more than a client, and refusals as outcomes. */
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
  /** A resource has the id that its line says; otherwise it is known by externalId, or by its name. */
  readonly keepIds: boolean;
  /** Write nothing, and say what would happen. */
  readonly dryRun: boolean;
};

export type Outcome = Omit<LineResult, 'line'>;
type Sent = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  readonly ifMatch?: string;
  /** The id of what a POST makes. */
  readonly givenId?: string | undefined;
};
export type Session = {
  readonly options: ImportOptions;
  /** With the schemas that hold in the directory. */
  readonly types: readonly ResourceType[];
  readonly send: (request: Sent) => Promise<ScimResponse>;
};

/** Why a line is not imported. */
export class Refusal extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(outcome.detail);
    this.name = 'Refusal';
    this.outcome = outcome;
  }
}
export const refusal = (status: number, detail: string) => new Refusal({ outcome: 'refused', status, detail });

/** @throws Refusal; `unfinished` for what asks to be repeated */
export const demand = (response: ScimResponse): ScimResponse => {
  const { status, body = {} } = response;
  if (status < 400) return response;
  const detail = String(own(body, 'detail') ?? status);
  const passes = status === 429 || status === 503;
  throw new Refusal({ outcome: passes ? 'unfinished' : 'refused', status, detail });
};

/** Memberships travel apart, and may be very many. */
export const withoutMemberships = ({ members, memberOf }: ResourceType): Readonly<Record<string, string>> => {
  const attributes = [members?.attribute, memberOf?.attribute].filter((name) => name !== undefined);
  return attributes.length === 0 ? {} : { excludedAttributes: attributes.join(',') };
};

const headersOf = ({ ifMatch }: Sent): ReadonlyMap<string, string> =>
  new Map([
    ['content-type', 'application/scim+json'],
    ...(ifMatch === undefined ? [] : [['if-match', ifMatch] as const]),
  ]);

export const openSession = (store: Store, caller: Caller, options: ImportOptions): Session => {
  const serve = createServiceProvider(options.dryRun ? createDryStore(store) : store);
  return {
    options,
    types: resourceTypesOf(caller.directory),
    send: (sent) => {
      const { method, path, query = {}, body, givenId } = sent;
      const headers = headersOf(sent);
      const request = {
        method,
        path,
        query: new Map(Object.entries(query)),
        header: (name: string) => headers.get(name),
        body: body && JSON.stringify(body),
        baseUrl: '',
      };
      return serve(request, { ...caller, givenId });
    },
  };
};
