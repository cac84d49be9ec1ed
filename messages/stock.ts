import { defineMessages } from './index.ts';

/**
 * What is wrong with a row of an opening-stock file. `cell` names the cell as a spreadsheet does. No text repeats
 * what the system's cell says: an unregistered title may be a classified one.
 */
export const stockErrors = defineMessages({
  E_STOCK_COLUMN: {
    zh: '表头缺少“{column}”列，或该列重复。表头应为：{columns}',
    en: 'the header lacks the column {column}, or has it twice. It should be: {columns}',
  },
  E_STOCK_CLASSIFIED: {
    zh: '第 {row} 行标有密级。涉密系统不上政务云，本行不导入，内容不作任何记录',
    en: 'row {row} is marked as classified. Classified systems never come to the city cloud: the row is not imported and nothing of it is kept',
  },
  E_STOCK_EMPTY: { zh: '单元格 {cell}（{column}）为空', en: 'cell {cell} ({column}) is empty' },
  E_STOCK_SYSTEM: {
    zh: '单元格 {cell}（系统）不是已登记的系统名称或标识。请先登记系统，或用 system list 查看',
    en: 'cell {cell} (系统) names no registered system, neither by id nor by name. Register it first, or see system list',
  },
  E_STOCK_SYSTEM_AMBIGUOUS: {
    zh: '单元格 {cell}（系统）对应多个系统，请改填系统标识',
    en: 'cell {cell} (系统) fits several systems: give the id instead of the name',
  },
  E_STOCK_ITEM: {
    zh: '单元格 {cell}（服务）“{value}”不在服务目录中。可用：{known}',
    en: 'cell {cell} (服务) "{value}" is not in the catalogue. There are: {known}',
  },
  E_STOCK_SPECIFICATION: {
    zh: '单元格 {cell}（规格）中的“{value}”不合服务“{item}”的规格格式，应如：{example}',
    en: 'cell {cell} (规格): "{value}" does not fit the form for {item}, which is like {example}',
  },
  E_STOCK_QUANTITY: {
    zh: '单元格 {cell}（数量）“{value}”应为 1 到 {highest} 的整数',
    en: 'cell {cell} (数量) "{value}" must be an integer from 1 to {highest}',
  },
  E_STOCK_ZONE: {
    zh: '单元格 {cell}（区域）“{value}”不是网络区。可用：{known}',
    en: 'cell {cell} (区域) "{value}" is no zone. There are: {known}',
  },
  E_STOCK_ARCH: {
    zh: '单元格 {cell}（架构）“{value}”应为 amd64（x86）或 arm64（ARM）',
    en: 'cell {cell} (架构) "{value}" must be amd64 (x86) or arm64 (ARM)',
  },
  E_STOCK_ADDRESS: {
    zh: '单元格 {cell}（IP）“{value}”不是 IP 地址或“起-止”地址段',
    en: 'cell {cell} (IP) "{value}" is no IP address, nor a range first-last',
  },
  E_STOCK_DATE: {
    zh: '单元格 {cell}（开通日期）“{value}”不是今天或以前的日期，应如 2020-06-30',
    en: 'cell {cell} (开通日期) "{value}" is no date up to today; write it like 2020-06-30',
  },
  E_STOCK_LENGTH: {
    zh: '单元格 {cell}（{column}）超过 {highest} 个字符',
    en: 'cell {cell} ({column}) has more than {highest} characters',
  },
});
export type StockErrorCode = keyof typeof stockErrors;
