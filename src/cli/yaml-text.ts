import { Document, isSeq, visit } from 'yaml';

/** What fits on a line is written on one. */
const FLOW_LENGTH_MAX = 96;
const LINE_WIDTH = 120;

/** A value as people write it: block style, and short ones on a line. */
export function toYaml(value: unknown, comment?: string): string {
  const document = new Document(value, { version: '1.2', aliasDuplicateObjects: false });
  if (comment !== undefined) document.commentBefore = comment;
  visit(document, {
    Collection(_key, node) {
      if (node === document.contents) return undefined;
      const plain: unknown = node.toJSON();
      const isShort = JSON.stringify(plain).length <= FLOW_LENGTH_MAX && !holdsMaps(plain);
      if (!isShort && !(isSeq(node) && isNumbers(plain))) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
  });
  return document.toString({ lineWidth: LINE_WIDTH, flowCollectionPadding: true });
}

/** A list of things, such as points, keeps one of them on each line. */
function holdsMaps(value: unknown): boolean {
  return (
    Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  );
}

/** Outlines and curves: numbers, however deep. */
function isNumbers(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isNumbers) : typeof value === 'number';
}
