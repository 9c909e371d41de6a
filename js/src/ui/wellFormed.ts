// Halves of characters beyond U+FFFF have no place in UTF-8: they become U+FFFD as they are put in, not only in the file.
import { EditorState, type ChangeSpec, type TransactionSpec } from "@codemirror/state";
import { ySyncAnnotation } from "y-codemirror.next";

const HALF = /\p{Surrogate}/gu;

export const wellFormed = EditorState.transactionFilter.of((transaction): TransactionSpec | readonly TransactionSpec[] => {
  // What comes from others is well-formed, and must be here as it is there.
  if (!transaction.docChanged || transaction.annotation(ySyncAnnotation) !== undefined) return transaction;
  const changes: ChangeSpec[] = [];
  transaction.changes.iterChanges((_fromA, _toA, from, _toB, inserted) => {
    for (const { index } of inserted.toString().matchAll(HALF)) changes.push({ from: from + index, to: from + index + 1, insert: "\uFFFD" });
  });
  return changes.length === 0 ? transaction : [transaction, { changes, sequential: true }];
});
