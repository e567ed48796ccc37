/**
 * What the clients of a model check asked for and what they were shown, in the order of one logical clock: the material
 * from which it is judged afterwards what can have been true.
 */
export type TypeName = 'User' | 'Group';

/** Ticks of the logical clock. */
export type Span = { readonly start: number; readonly end: number };

/**
 * A part of a request that may change something. `maybe`: nobody was told (5xx, 429, a dead process), so it took place
 * within its span or never. Until its request ends it is `maybe`, without an end.
 */
export type Effect = {
  readonly what: string;
  readonly start: number;
  end: number;
  outcome: 'done' | 'refused' | 'maybe';
  /** Of users, where ETags count the changes of attributes: what an acknowledged change answered. */
  version?: number;
  /** Of members: the group's version by which it was counted, and whether it was one write that insisted on the one before. */
  counted?: { readonly version: number; readonly exact: boolean };
};

/** Attributes by name, each as JSON text; an attribute that is not here was not named. */
export type Values = Readonly<Record<string, string>>;
type AttributeWrite = { readonly effect: Effect; readonly values: Values; readonly mark: string };
/** Who is shown as a member, or in which groups: ids, and the displays as JSON text. */
export type Displayed = ReadonlyMap<string, string>;
/** With `replace`, whoever is not added leaves. */
type MembersWrite = {
  readonly effect: Effect;
  readonly replace: boolean;
  readonly add: Displayed;
  readonly remove: ReadonlySet<string>;
};

/** A POST, known by the mark that its resource bears for good. */
export type Creation = {
  readonly mark: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly attributes: AttributeWrite;
  readonly members: MembersWrite | undefined;
  /** The group that it joins by being made. */
  readonly joins: string | undefined;
  id: string | undefined;
};

/** All that may have changed one resource. */
export type Chronicle = {
  readonly id: string;
  readonly attributes: AttributeWrite[];
  readonly members: MembersWrite[];
  readonly deletions: Effect[];
};
/** One that was made for certain. */
export type Life = Chronicle & { readonly creation: Creation };

/** A resource as an answer showed it. */
export type Seen = Span & {
  readonly id: string;
  readonly directory: string;
  readonly type: TypeName;
  /** The creation's mark. */
  readonly mark: string;
  readonly version: number;
  /** Whether all of it was so at that version; what answers a change of a group may be put together of two. */
  readonly isOneState: boolean;
  readonly values: Values;
  /** undefined: not asked for. */
  readonly members: Displayed | undefined;
  readonly groups: Displayed | undefined;
};
export type Missing = Span & { readonly id: string };

/** What a list was asked for. `holds` is told the attribute as JSON text. */
export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'attribute'; readonly name: string; readonly holds: (text: string) => boolean }
  | { readonly kind: 'hasMember' | 'isMemberOf'; readonly id: string };
/** A whole list, of one page or of all. */
export type Listed = Span & {
  readonly what: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly condition: Condition;
  readonly ids: readonly string[];
  readonly totals: readonly (Span & { readonly total: number })[];
  /** By an attribute, ascending or descending; undefined: by something that never changes. */
  readonly sortedBy?: { readonly name: string; readonly descending: boolean } | undefined;
  /** A walk by startIndex misses some and repeats others while others go and come (RFC 7644 section 3.4.2.4). */
  readonly maySkip?: boolean;
};

/** Why a request was refused, as far as it says so. */
export type Refused = Span & {
  readonly what: string;
  readonly directory: string;
  readonly type: TypeName;
  readonly status: number;
  /** Of whom; undefined: of a resource that was to be made. */
  readonly id: string | undefined;
  /** The unique value that it asked for, as JSON text. */
  readonly name: string | undefined;
  readonly detail: string;
  readonly effects: readonly Effect[];
  readonly ifMatch: Precondition | undefined;
};
export type Precondition = { readonly version: number; readonly since: number };
/** An acknowledged write that insisted on a version. */
export type Insisted = Span & {
  readonly what: string;
  readonly id: string;
  readonly ifMatch: Precondition;
  /** What it answered; undefined: a deletion. */
  readonly version: number | undefined;
  /** Whether it was one write, which nothing can have come into. */
  readonly isOneWrite: boolean;
};
/** An acknowledged write. */
export type Moved = {
  readonly what: string;
  /** What it answered. */
  readonly version: number;
  /** Whether nobody else can have been answered the same; otherwise the version may be too low. */
  readonly isPrecise: boolean;
};

export type Observations = {
  readonly seen: Seen[];
  readonly missing: Missing[];
  readonly listed: Listed[];
  readonly refused: Refused[];
  readonly insisted: Insisted[];
  /** Versions that acknowledged writes answered; `moved` when they changed something. */
  readonly answered: (Span & { readonly id: string; readonly version: number; readonly moved: Moved | undefined })[];
};

export type History = ReturnType<typeof createHistory>;

const nothingSeen = (): Observations => ({
  seen: [],
  missing: [],
  listed: [],
  refused: [],
  insisted: [],
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
    /** Versions that were shown, of the whole run: those of before are what later ones may not fall behind. */
    versions: new Map<string, { end: number; version: number }[]>(),
    /** Acknowledged writes by resource, of the whole run. */
    moves: new Map<string, Moved[]>(),
    /** The attributes as one text that a resource showed at a version, of the whole run. */
    states: new Map<string, string>(),
    /** What was wrong at once, whatever else happened. */
    findings: [] as string[],
    observations: nothingSeen(),
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
    /** What was observed so far is judged: only what comes is left to be. */
    forget() {
      this.observations = nothingSeen();
    },
  };
};
