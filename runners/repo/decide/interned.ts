import type { Ruling } from "./decided.ts";
import type { KeepReason } from "./decision.ts";

/** Makes rulings that are the same the same object, so that they come into one group. */
export class Interned {
  readonly #known = new Map<string, Ruling>();

  keep(
    { service, lastUsed }: { readonly service: string; readonly lastUsed: string | null },
    reason: KeepReason,
    until: string | null,
    of: string | null = null,
  ): Ruling {
    return this.#same({ service, lastUsed, until, of, verdict: "keep", reason });
  }

  request({ service, lastUsed }: { service: string; lastUsed: string | null }): Ruling {
    const ruling = { service, lastUsed, until: null, of: null } as const;
    return this.#same({ ...ruling, verdict: "remove", reason: "requested" });
  }

  #same(ruling: Ruling): Ruling {
    const { service, reason, lastUsed, until, of } = ruling;
    const key = `${service} ${reason} ${lastUsed} ${until} ${of}`;
    const known = this.#known.get(key) ?? ruling;
    this.#known.set(key, known);
    return known;
  }
}
