import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";

/** What a process would have as its environment. */
export type Variables = Readonly<Record<string, string>>;

const own = new AsyncLocalStorage<Variables>();

/**
 * Does `work` with these variables and no other in `process.env`, where the SDK reads them. Works
 * that go on at the same time do not see each other's.
 */
export function withVariables<Done>(variables: Variables, work: () => Done): Done {
  return own.run(variables, work);
}

/** What `process.env` is here: a program's variables, or those of the process. */
export function variable(name: string): string | undefined {
  return current()[name];
}

const real = process.env;
const current = () => own.getStore() ?? real;
process.env = new Proxy(real, {
  get: (_, name) => Reflect.get(current(), name),
  has: (_, name) => Reflect.has(current(), name),
  ownKeys: () => Reflect.ownKeys(current()),
  getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(current(), name),
});
