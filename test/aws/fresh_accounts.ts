/** Account IDs that nobody else uses: how tests share servers without meeting each other. */

const given = new Set<string>();

/** So many random account IDs, none of which this process has got before. */
export function freshAccounts(count: number): string[] {
  const accounts: string[] = [];
  while (accounts.length < count) {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    // The first digit is not 0, so that a careless reader of numbers is not helped either way.
    const account = String(100_000 + high % 900_000) + String(low % 1_000_000).padStart(6, "0");
    if (given.has(account)) continue;
    given.add(account);
    accounts.push(account);
  }
  return accounts;
}
