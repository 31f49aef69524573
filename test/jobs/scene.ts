import type { JobNeeds } from "../../runners/core/needs/needs.ts";
import { JOBS } from "../../runners/jobs.ts";
import type { World } from "../e2e/world.ts";

/** What the suites of this folder, which every job passes, must know of a job. */
export interface JobScene {
  /** What it needs with a configuration that uses everything. */
  readonly needs: JobNeeds;
  /** Runs over which each role does all that it may under a configuration. */
  readonly lives: readonly Life[];
  /** A small organization in which there is something to do. */
  readonly small: () => Promise<World>;
  /** Every verb that may write in no account. */
  readonly reads: (world: World) => readonly string[];
  /** What a service runs, in a world with all that may be configured. */
  readonly service: {
    readonly world: (store?: Record<string, unknown>) => Promise<World>;
    readonly runs: (world: World) => readonly string[];
  };
}

export interface Life {
  /** Follows "the policies allow all that it calls, and nothing else, ". */
  readonly title: string;
  /** Where its store is. A job has a life with each. */
  readonly store: "file" | "table";
  /** @param store the store's settings; left out: a file */
  readonly live: (store?: Record<string, unknown>) => Promise<World>;
}

/** The jobs with their scenes: a job has a file of its name beside this one. */
export const SCENES: readonly (readonly [job: string, scene: JobScene])[] = await Promise.all(
  JOBS.map(async ({ name }) => {
    const { scene } = await import(`./${name}_scene.ts`) as { readonly scene: JobScene };
    return [name, scene] as const;
  }),
);
