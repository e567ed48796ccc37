/** The identity providers that can be played, by the name that the command line takes. */
import type { Provider } from './provider.ts';
import { entra } from './providers/entra.ts';
import { createJumpCloud } from './providers/jumpcloud.ts';
import { oktaAiw } from './providers/okta-aiw.ts';
import { oktaOin } from './providers/okta-oin.ts';
import { createOneLogin } from './providers/onelogin.ts';
import { createPing } from './providers/ping.ts';

export const providerNames = ['okta', 'okta-oin', 'entra', 'onelogin', 'jumpcloud', 'ping'] as const;
export type ProviderName = (typeof providerNames)[number];

const makers: Readonly<Record<ProviderName, () => Provider>> = {
  okta: () => oktaAiw,
  'okta-oin': () => oktaOin,
  entra: () => entra,
  onelogin: createOneLogin,
  jumpcloud: createJumpCloud,
  ping: createPing,
};

/** A provider that remembers nothing yet. */
export const createProvider = (name: ProviderName): Provider => makers[name]();
