export const readingFilesEn = {
  export: 'Export readings',
  csv: 'CSV (opens in Excel)',
  parquet: 'Parquet',
  csvOf: '{{range}} · CSV',
  parquetOf: '{{range}} · Parquet',
  tooMany: 'Too many points; filter by area or family instead',
};
