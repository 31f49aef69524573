/**
 * A filter of one's own: leaves roles alone that carry the tag `keep-permissions`. In the
 * configuration: `"filters": ["./keep_tag.ts"]`, and, for another tag,
 * `"filterConfig": {"keep_tag": {"tag": "hands-off"}}`.
 */
export default function keepTag(
  role: { readonly tags: { readonly [key: string]: string } },
  settings: unknown,
): string | null {
  const { tag = "keep-permissions" } = (settings ?? {}) as { readonly tag?: string };
  const value = role.tags[tag];
  return value === undefined ? null : `its tag "${tag}" asks for it: "${value}"`;
}
