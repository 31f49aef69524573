import { styleText } from "node:util";

/** How text for people may look: with colour or without, and how wide. */
export interface TextStyle {
  readonly width: number;
  bold(text: string): string;
  dim(text: string): string;
  /** Only of what would be destroyed, or was. */
  red(text: string): string;
}

/** A style for a stream: plain where it is no terminal, or where NO_COLOR is set. */
export function textStyle(options: { readonly color: boolean; readonly width: number }): TextStyle {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    options.color ? styleText(format, text, { validateStream: false }) : text;
  return { width: options.width, bold: paint("bold"), dim: paint("dim"), red: paint("red") };
}
