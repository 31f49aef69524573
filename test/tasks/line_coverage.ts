/** The line coverage of the files below a folder. */
export interface LineCoverage {
  readonly folder: string;
  readonly found: number;
  readonly hit: number;
}

/** Sums the records of an lcov file (`SF:`, `LF:` and `LH:` lines) by folder. */
export function lineCoverage(lcov: string, folders: readonly string[]): LineCoverage[] {
  const records = lcov.split("end_of_record").map((record) => ({
    file: /^SF:(.*)$/m.exec(record)?.[1] ?? "",
    found: Number(/^LF:(\d+)$/m.exec(record)?.[1] ?? 0),
    hit: Number(/^LH:(\d+)$/m.exec(record)?.[1] ?? 0),
  }));
  return folders.map((folder) => {
    const own = records.filter(({ file }) => file.includes(`/${folder}/`));
    return {
      folder,
      found: own.reduce((sum, { found }) => sum + found, 0),
      hit: own.reduce((sum, { hit }) => sum + hit, 0),
    };
  });
}
