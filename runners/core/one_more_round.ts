/**
 * Makes work that is done once at a time for each key. What is asked for while it is done is done by one
 * more round after it, for all who ask.
 */
export function oneMoreRound(
  work: (key: string) => Promise<void>,
): (key: string) => Promise<void> {
  const rounds = new Map<string, { readonly now: Promise<void>; next?: Promise<void> }>();
  const begin = (key: string): Promise<void> => {
    const own: { now: Promise<void>; next?: Promise<void> } = { now: work(key) };
    rounds.set(key, own);
    const end = () => {
      // The next round is about to begin, and takes its place.
      if (rounds.get(key) === own && !own.next) rounds.delete(key);
    };
    own.now.then(end, end);
    return own.now;
  };
  return (key) => {
    const round = rounds.get(key);
    if (!round) return begin(key);
    return round.next ??= round.now.catch(() => {}).then(() => begin(key));
  };
}
