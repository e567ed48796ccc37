/** The simulated identity providers by their command-line name. */
import type { Provider } from './provider.ts';
import { entra } from './providers/entra.ts';
import { createJumpCloud } from './providers/jumpcloud.ts';
import { oktaAiw } from './providers/okta-aiw.ts';
import { oktaOin } from './providers/okta-oin.ts';
import { createOneLogin } from './providers/onelogin.ts';
import { createPing } from './providers/ping.ts';

export const providerNames = ['okta', 'okta-oin', 'entra', 'onelogin', 'jumpcloud', 'ping'] as const;
export type ProviderName = (typeof providerNames)[number];

const factories: Readonly<Record<ProviderName, () => Provider>> = {
  okta: () => oktaAiw,
  'okta-oin': () => oktaOin,
  entra: () => entra,
  onelogin: createOneLogin,
  jumpcloud: createJumpCloud,
  ping: createPing,
};

/** Creates a provider without any state. */
export const createProvider = (name: ProviderName): Provider => factories[name]();
