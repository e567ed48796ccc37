/** What the simulator asks of an identity provider. */

import type { Group, Person } from './person.ts';
import type { Abilities } from './scenario.ts';
import type { Conversation, Manner } from './session.ts';

/** A user of the service provider, as the identity provider remembers it. */
type Account = { readonly id: string; readonly person: Person };
export type Member = { readonly id: string; readonly userName: string };
export type GroupAccount = { readonly id: string; readonly group: Group; readonly members: readonly Member[] };
type MemberChange = { readonly added: readonly Member[]; readonly removed: readonly Member[] };

/** An attribute of a user as the provider told it, by its path in the resource. */
export type Expected = { readonly path: readonly (string | number)[]; readonly value: string };

/** Each step throws StepFailed. Groups and people are told as they are to become. */
export type Provider = Manner &
  Abilities & {
    /** For people. */
    readonly title: string;
    testConnection(conversation: Conversation, unknown: { userName: string; uid: string }): Promise<void>;
    /** Looks the user up, then makes or links it. @returns its id */
    assign(conversation: Conversation, person: Person): Promise<string>;
    /** @param before the person as the server has it */
    update(conversation: Conversation, account: Account, before: Person): Promise<void>;
    setActive(conversation: Conversation, account: Account): Promise<void>;
    setManager?(conversation: Conversation, account: Account, managerId: string): Promise<void>;
    purge?(conversation: Conversation, id: string): Promise<void>;
    /** Looks the group up, makes it where it is not, and fills it. */
    push(conversation: Conversation, group: Group, members: readonly Member[]): Promise<Pushed>;
    changeMembers(conversation: Conversation, account: GroupAccount, change: MemberChange): Promise<void>;
    rename?(conversation: Conversation, account: GroupAccount): Promise<void>;
    dissolve?(conversation: Conversation, id: string): Promise<void>;
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
