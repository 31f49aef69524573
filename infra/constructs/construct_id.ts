/**
 * The ID of a construct, which becomes the name of a resource in Terraform: letters, digits, `-` and
 * `_`, and first a letter. CDKTF leaves other characters out, so that two names could become one.
 *
 * @param kind of letters; things of different kinds may have the same name
 * @param name as AWS has it, of ASCII
 */
export function constructId(kind: string, name: string): string {
  const written = name.replaceAll(
    /[^A-Za-z0-9-]/g,
    (character) => `_${character.charCodeAt(0).toString(16)}`,
  );
  return `${kind}-${written}`;
}
