import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { RunDocument } from "../../core/run/run_document.ts";
import { nameOfArn } from "./changes.ts";

/**
 * One quiet line on the stamps that a run has made; what failed is told. A role whose change was not
 * made is not stamped, which is no news.
 */
export function stampsText({ upkeep }: RunDocument, style: TextStyle): string {
  const tried = upkeep.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) return "";
  const done = tried.filter(({ outcome }) => outcome === "done").length;
  const failed = tried.filter(({ outcome }) => outcome === "failed" || outcome === "unknown");
  return [
    style.dim(
      done === tried.length
        ? `${counted(done, "role")} stamped`
        : `${done} of ${counted(tried.length, "role")} stamped`,
    ),
    ...failed.flatMap(({ target, outcome, error }) =>
      wrapText(
        visible(
          `${nameOfArn(target)}: the stamp ${outcome === "failed" ? "failed" : "is unknown"}` +
            `${error ? `: ${error.message}` : ""}. The removal stands`,
        ),
        style.width,
        "  ",
      )
    ),
  ].join("\n");
}
