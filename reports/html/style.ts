import chart from "./chart.css" with { type: "text" };
import headline from "./headline.css" with { type: "text" };
import page from "./page.css" with { type: "text" };
import print from "./print.css" with { type: "text" };
import table from "./table.css" with { type: "text" };

/** The page's one style. What is for paper comes last, since it takes things back. */
export const style: string = [page, headline, chart, table, print].join("\n");
