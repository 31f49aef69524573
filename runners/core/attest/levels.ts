/**
 * How well it is proven who sent a message, from the least on. `claimed`: nobody but the message says
 * so. `verified`: the sender that SQS names acts under the role of the instance's profile. `attested`:
 * STS has named the instance.
 */
export const LEVELS = ["claimed", "verified", "attested"] as const;
export type Level = typeof LEVELS[number];

export function isAtLeast(level: Level, required: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(required);
}
