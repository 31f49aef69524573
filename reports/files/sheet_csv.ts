import { stringify } from "csv-stringify/sync";
import type { Sheet } from "../../runners/core/report/sink.ts";

/**
 * A sheet as CSV (RFC 4180, UTF-8) that a spreadsheet opens without calculating anything of it.
 *
 * Texts that a spreadsheet would take for a formula get an apostrophe before the character that
 * makes it one; numbers stay numbers, negative ones too. It begins with a byte order mark: without
 * one Excel reads UTF-8 as the local code page, and this file is for people with a spreadsheet.
 * Programs read the JSON lines beside it, which are exact.
 */
export function sheetCsv(sheet: Sheet): string {
  return stringify([sheet.columns, ...sheet.rows], {
    bom: true,
    record_delimiter: "windows",
    // Else, with a delimiter that is named, a line feed alone would end the record in most readers.
    quote_record_delimiter: true,
    escape_formulas: true,
    cast: { string: withoutHiddenFormula, number: String },
  });
}

/**
 * The library disarms a cell that begins with = + - @, tab, CR or a full-width variant. It misses
 *
 * - what stands before such a character unseen: spaces, controls, zero width characters, which a
 *   spreadsheet may trim,
 * - the small variants ﹢ ﹣ ﹦ ﹫, which are the same characters after Unicode normalization,
 * - a cell inside a cell: where Excel's list separator is ";" (most of Europe), or with an import
 *   by tabs, quotes in the middle of a line mean nothing, and `a;=1+1` is two cells.
 */
const BEGINS_FORMULA = /^[=+\-@＝＋－＠﹢﹣﹦﹫]/;
const SMALL_VARIANT = /^[﹢﹣﹦﹫]/;
/** All that may stand before such a character in one match, so that a long run is read once. */
const UNSEEN_RUN = /[;"\s\p{Cc}\p{Cf}]+/gu;

/** A spreadsheet ends or drops a cell at some of these; none of them is of use in one. */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

function withoutHiddenFormula(text: string): string {
  const clean = text.replace(CONTROLS, "\ufffd");
  const disarmed = clean.replace(UNSEEN_RUN, (run, at: number) => {
    const opensCell = /[;\t\r\n]/.test(run) || at === 0 && !run.startsWith('"');
    return opensCell && BEGINS_FORMULA.test(clean.charAt(at + run.length)) ? `${run}'` : run;
  });
  return SMALL_VARIANT.test(clean) ? `'${disarmed}` : disarmed;
}
