import { audit } from "./audit/entry.ts";
import { dirty } from "./dirty/entry.ts";
import { repo } from "./repo/entry.ts";

/** The jobs that the command line offers, in the order of its help. */
export const JOBS = [audit, dirty, repo];
