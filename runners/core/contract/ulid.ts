/** A ULID as text (github.com/ulid/spec). */
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Crockford's base32, as ULIDs use it. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID: the time in milliseconds and 80 random bits, so that names sort by their age. */
export function ulid(nowMs: number): string {
  let time = "";
  for (let rest = nowMs; time.length < 10; rest = Math.floor(rest / 32)) {
    time = ALPHABET[rest % 32] + time;
  }
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + [...random].map((byte) => ALPHABET[byte % 32]).join("");
}
