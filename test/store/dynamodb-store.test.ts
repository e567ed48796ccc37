import { createStore } from '../../lib/store/dynamodb-store.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { storeContract } from './contract.ts';

const client = useEngine();
storeContract(() => createStore({ client: client(), tableName: TABLE_NAME }));
