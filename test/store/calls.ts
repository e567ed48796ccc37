/** Records a client's DynamoDB calls and their capacity units, and injects faults. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

export type Call = { readonly name: string; readonly input: Readonly<Record<string, unknown>> };
/** An error to throw. `before`: the call is not sent; `after`: the call is applied and only its response is lost. */
export type Fault = { readonly error: Error; readonly when: 'before' | 'after' } | undefined;

const Capacities = z.array(z.object({ CapacityUnits: z.number() }));
const unitsIn = (output: object): number => {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const capacities = Capacities.parse([consumed ?? []].flat());
  return capacities.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
};

/** Creates a separate client for the same engine, so that the setup of a test is not counted. */
export const watch = (client: DynamoDBClient, fault: (call: Call) => Fault | Promise<Fault> = () => undefined) => {
  const { endpoint, region, credentials } = client.config;
  const own = new DynamoDBClient({ endpoint, region, credentials } as DynamoDBClientConfig);
  const calls: Call[] = [];
  const seen = { units: 0, writeUnits: 0 };
  own.middlewareStack.add(
    (next, context) => async (args) => {
      const call: Call = { name: String(context.commandName).replace('Command', ''), input: { ...args.input } };
      const injected = await fault(call);
      calls.push(call);
      if (injected?.when === 'before') throw injected.error;
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const units = unitsIn(result.output as object);
      seen.units += units;
      if (/Write|Update|Put|Delete/.test(call.name)) seen.writeUnits += units;
      if (injected?.when === 'after') throw injected.error;
      return result;
    },
    { step: 'initialize', name: 'watch', priority: 'low' },
  );
  return {
    client: own,
    calls,
    names: () => calls.map(({ name }) => name),
    units: () => seen.units,
    writeUnits: () => seen.writeUnits,
    reset: () => {
      calls.length = 0;
      seen.units = 0;
      seen.writeUnits = 0;
    },
  };
};
