/** What the simulator asks of an identity provider. */

import type { Group, Person } from './person.ts';
import type { Abilities } from './scenario.ts';
import type { Session, WireFormat } from './session.ts';

/** A user of the service provider, as the identity provider remembers it. */
type Account = { readonly id: string; readonly person: Person };
export type Member = { readonly id: string; readonly userName: string };
export type GroupAccount = { readonly id: string; readonly group: Group; readonly members: readonly Member[] };
type MemberChange = { readonly added: readonly Member[]; readonly removed: readonly Member[] };

/** An attribute of a user as the provider told it, by its path in the resource. */
export type Expected = { readonly path: readonly (string | number)[]; readonly value: string };

/** Each step throws StepFailed. Groups and people are told as they are to become. */
export type Provider = WireFormat &
  Abilities & {
    /** For people. */
    readonly title: string;
    testConnection(conversation: Session, unknown: { userName: string; uid: string }): Promise<void>;
    /** Looks the user up, then makes or links it. @returns its id */
    assign(conversation: Session, person: Person): Promise<string>;
    /** @param before the person as the server has it */
    update(conversation: Session, account: Account, before: Person): Promise<void>;
    setActive(conversation: Session, account: Account): Promise<void>;
    setManager?(conversation: Session, account: Account, managerId: string): Promise<void>;
    purge?(conversation: Session, id: string): Promise<void>;
    /** Looks the group up, makes it where it is not, and fills it. */
    push(conversation: Session, group: Group, members: readonly Member[]): Promise<Pushed>;
    changeMembers(conversation: Session, account: GroupAccount, change: MemberChange): Promise<void>;
    rename?(conversation: Session, account: GroupAccount): Promise<void>;
    dissolve?(conversation: Session, id: string): Promise<void>;
    /** The attributes that it maps, `userName` and `active` apart. */
    expect(person: Person): readonly Expected[];
  };
export type Pushed = {
  readonly id: string;
  /** Whether members may be there that the provider does not know: it linked a group and only adds to it. */
  readonly mayHoldMore: boolean;
};

/** A target with an equality filter, its spaces as `+` or `%20`. */
export const filterBy = (attribute: string, value: string, space: '+' | '%20' = '%20'): string =>
  `filter=${attribute}${space}eq${space}${encodeURIComponent(JSON.stringify(value))}`;

export const userTarget = (id: string): string => `/Users/${encodeURIComponent(id)}`;
export const groupTarget = (id: string): string => `/Groups/${encodeURIComponent(id)}`;
