/**
 * A text as Terraform takes it literally: `${` and `%{` would begin an expression (Terraform Language,
 * "Strings and Templates").
 */
export function literal(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, "$&$&");
}

/** JSON as Terraform takes it literally. */
export function literalJson(value: unknown): string {
  return literal(JSON.stringify(value));
}
