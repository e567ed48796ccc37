/** Serves /ServiceProviderConfig, /ResourceTypes and /Schemas. */
import { createScimFunction } from '../lib/lambda/scim-function.ts';

export const handler = createScimFunction();
