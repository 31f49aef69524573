import * as z from "zod";
import { instantInRow, rowKind } from "../store/row_kind.ts";

/** What a run has for the search engine, and whether the search engine has it. */
export type Publication = {
  readonly run_id: string;
  /** RFC 3339, in UTC. */
  readonly slot: string;
  /** The file with the documents, one a line: an absolute path on the machine of the run. */
  readonly file: string;
  /** How many there are. */
  readonly documents: number;
  /** null: not all of them were taken. */
  readonly sent_at: string | null;
  /**
   * All that the search engine does not keep of another run was taken. Present where that other run had not
   * sent its own yet, so that two which wait for each other find an end.
   */
  readonly own_sent_at?: string;
};

/**
 * The publications of a job, by the ID of the run. A row is written before the first document is, so
 * that one without `sent_at` says what is left to send.
 */
export const publications = (job: string) =>
  rowKind<Publication>(
    `${job}/publication`,
    z.looseObject({
      run_id: z.string(),
      slot: instantInRow,
      file: z.string(),
      documents: z.int(),
      sent_at: instantInRow.nullable(),
      own_sent_at: instantInRow.exactOptional(),
    }),
    () => "retained",
  );
