/**
 * The requests and observations of the model check's clients, ordered by one logical clock. The judges check them
 * afterwards for observations that no order of the requests explains.
 */
export type TypeName = 'User' | 'Group';

/** Ticks of the logical clock. */
export type Span = { readonly start: number; readonly end: number };

/**
 * The possible change of a request. `maybe`: the outcome is unknown (5xx, 429, a dead process), so the change took place
 * within its span or never. Until its request ends an effect is `maybe`, without an end.
 */
export type Effect = {
  readonly what: string;
  readonly start: number;
  end: number;
  outcome: 'done' | 'refused' | 'maybe';
  /** The version that an acknowledged change returned. Users only, whose ETags count attribute changes. */
  version?: number;
  /** Members only: the group version that counted the change, and whether it was a single conditional write. */
  counted?: { readonly version: number; readonly exact: boolean };
};

/** Attributes by name, each as JSON text; an absent attribute was not in the request. */
export type Values = Readonly<Record<string, string>>;
type AttributeWrite = { readonly effect: Effect; readonly values: Values; readonly mark: string };
/** Displayed members or groups: the `display` of each id as JSON text. */
export type Displayed = ReadonlyMap<string, string>;
/** With `replace`, members not in `add` are removed. */
type MembersWrite = {
  readonly effect: Effect;
  readonly replace: boolean;
  readonly add: Displayed;
  readonly remove: ReadonlySet<string>;
};

/** A POST, identified by the mark that its resource keeps. */
export type Creation = {
  readonly mark: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly attributes: AttributeWrite;
  readonly members: MembersWrite | undefined;
  /** The default group that it joins on creation. */
  readonly joins: string | undefined;
  id: string | undefined;
};

/** All writes to one resource, executed or not. */
export type Chronicle = {
  readonly id: string;
  readonly attributes: AttributeWrite[];
  readonly members: MembersWrite[];
  readonly deletions: Effect[];
};
/** The writes to a resource that certainly was created. */
export type Life = Chronicle & { readonly creation: Creation };

/** A resource in a response. */
export type ObservedResource = Span & {
  readonly id: string;
  readonly directory: string;
  readonly type: TypeName;
  /** The creation's mark. */
  readonly mark: string;
  readonly version: number;
  /** Whether it is a single state. The response to a group change may combine two. */
  readonly isOneState: boolean;
  readonly values: Values;
  /** Undefined if not requested. */
  readonly members: Displayed | undefined;
  readonly groups: Displayed | undefined;
};
export type Missing = Span & { readonly id: string };

/** The condition of a list. `holds` receives the attribute as JSON text. */
export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'attribute'; readonly name: string; readonly holds: (text: string) => boolean }
  | { readonly kind: 'hasMember' | 'isMemberOf'; readonly id: string };
/** A complete list, from one or more pages. */
export type Listed = Span & {
  readonly what: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly condition: Condition;
  readonly ids: readonly string[];
  readonly totals: readonly (Span & { readonly total: number })[];
  /** Undefined if sorted by an immutable attribute. */
  readonly sortedBy?: { readonly name: string; readonly descending: boolean } | undefined;
  /** Paging by startIndex may skip or repeat resources during concurrent changes (RFC 7644 section 3.4.2.4). */
  readonly maySkip?: boolean;
};

/** A refused request and the reason it gives. */
export type Refused = Span & {
  readonly what: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly status: number;
  /** The id of the target; undefined for a POST. */
  readonly id: string | undefined;
  /** The requested unique value, as JSON text. */
  readonly name: string | undefined;
  readonly detail: string;
  readonly effects: readonly Effect[];
  readonly ifMatch: Precondition | undefined;
};
export type Precondition = { readonly version: number; readonly since: number };
/** An acknowledged write with If-Match. */
export type ConditionalWrite = Span & {
  readonly what: string;
  readonly id: string;
  readonly ifMatch: Precondition;
  /** The returned version; undefined for a deletion. */
  readonly version: number | undefined;
  /** Whether it was a single write, which no other write can interleave. */
  readonly isOneWrite: boolean;
};
/** An acknowledged write. */
export type VersionChange = {
  readonly what: string;
  /** The returned version. */
  readonly version: number;
  /** Whether no other write can have returned the same version; otherwise the version may be too low. */
  readonly isPrecise: boolean;
};

export type Observations = {
  readonly observed: ObservedResource[];
  readonly missing: Missing[];
  readonly listed: Listed[];
  readonly refused: Refused[];
  readonly conditional: ConditionalWrite[];
  /** Versions that acknowledged requests returned; `versionChange` if they changed something. */
  readonly answered: (Span & {
    readonly id: string;
    readonly version: number;
    readonly versionChange: VersionChange | undefined;
  })[];
};

export type History = ReturnType<typeof createHistory>;

const noObservations = (): Observations => ({
  observed: [],
  missing: [],
  listed: [],
  refused: [],
  conditional: [],
  answered: [],
});

export const createHistory = () => {
  let now = 0;
  let marks = 0;
  const creations = new Map<string, Creation>();
  const chronicles = new Map<string, Chronicle>();
  return {
    tick: () => ++now,
    nextMark: () => `w${++marks}`,
    creations,
    chronicles,
    /** Observed versions of the whole run, which later ones may not be lower than. */
    versions: new Map<string, { end: number; version: number }[]>(),
    /** Acknowledged writes of the whole run by resource. */
    versionChanges: new Map<string, VersionChange[]>(),
    /** Observed attributes of the whole run as one text, by resource and version. */
    states: new Map<string, string>(),
    /** Findings that do not depend on other observations. */
    findings: [] as string[],
    observations: noObservations(),
    chronicle(id: string): Chronicle {
      const known = chronicles.get(id) ?? { id, attributes: [], members: [], deletions: [] };
      chronicles.set(id, known);
      return known;
    },
    begin: (what: string, start: number): Effect => ({
      what: `${what} at ${start}`,
      start,
      end: Number.POSITIVE_INFINITY,
      outcome: 'maybe',
    }),
    /** Discards the observations that have been judged. */
    forget() {
      this.observations = noObservations();
    },
  };
};
