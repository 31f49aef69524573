/** How a snapshot of a text is kept: as a person reads it. */
export const AS_TEXT: { readonly serializer: (text: string) => string } = {
  serializer: (text) => text,
};

/** How a snapshot of data is kept: what fits into 100 characters stands on one line. */
export const AS_DATA: { readonly serializer: (data: unknown) => string } = {
  serializer: (data) =>
    Deno.inspect(data, {
      depth: Infinity,
      sorted: true,
      compact: true,
      breakLength: 100,
      iterableLimit: Infinity,
      strAbbreviateSize: Infinity,
      escapeSequences: false,
    }),
};
