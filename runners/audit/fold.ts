/** Keys that differ in case or outer spaces are what people confuse (research, audit.md row 21). */
export function fold(key: string): string {
  return key.trim().toLowerCase();
}
