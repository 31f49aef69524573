/**
 * JSON as Terraform takes it literally: `${` and `%{` would begin an expression (Terraform Language,
 * "Strings and Templates").
 */
export function literalJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[$%](?=\{)/g, "$&$&");
}
