export const readingFilesZh = {
  export: '导出读数',
  csv: 'CSV（可用 Excel 打开）',
  parquet: 'Parquet',
  csvOf: '{{range}} · CSV',
  parquetOf: '{{range}} · Parquet',
  tooMany: '所选监测点太多，请改用区域或类别筛选',
};
