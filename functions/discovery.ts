/** Serves /ServiceProviderConfig, /ResourceTypes and /Schemas. It only reads: /Users and /Groups note the use of tokens. */
import { createScimFunction } from '../lib/lambda/scim-function.ts';

export const handler = createScimFunction({ recordsUsage: false });
