/** What is made of a value once, and kept for as long as the value is. */
export function madeOnce<Key extends object, Value>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => made.getOrInsertComputed(key, make);
}
