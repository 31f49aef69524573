import { ROOT } from "./module_graph.ts";

/** A block of code behind an `@example` of a comment. */
export interface Example {
  readonly title: string;
  readonly code: string;
}

/** The examples in the comments of a file, by its path from the root. */
export function examplesIn(path: string): Example[] {
  const text = Deno.readTextFileSync(`${ROOT}${path}`);
  return [...text.matchAll(/^ *\* @example (.+)\n *\* ```ts\n([^]*?)^ *\* ```$/gm)].map(
    ([, title, block]) => ({ title: title!, code: block!.replaceAll(/^ *\* ?/gm, "") }),
  );
}

/**
 * Runs an example in this process. Its imports are what a program at the root of the checkout would
 * write; the other names that it uses are handed in.
 *
 * @throws whatever the example throws: its assertions
 */
export async function runExample(
  { code }: Example,
  names: { readonly [name: string]: unknown },
): Promise<void> {
  const load = (specifier: string) =>
    import(specifier.startsWith("./") ? new URL(specifier, `file://${ROOT}`).href : specifier);
  const body = code
    .replaceAll(/^import \{([^}]*)\} from ("[^"]+");/gm, "const {$1} = await load($2);")
    .replaceAll(/^import \* as (\w+) from ("[^"]+");/gm, "const $1 = await load($2);")
    .replaceAll(/^import (\w+) from ("[^"]+");/gm, "const { default: $1 } = await load($2);");
  const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (
    ...values: unknown[]
  ) => Promise<void>;
  await new AsyncFunction("load", ...Object.keys(names), body)(load, ...Object.values(names));
}
