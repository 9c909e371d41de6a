// Halves of characters, as they are put into an editor.
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { ySyncAnnotation } from "y-codemirror.next";
import { wellFormed } from "../../src/ui/wellFormed.ts";

const begun = (doc: string) => EditorState.create({ doc, extensions: wellFormed });

test.each([
  ["a\uD83Db", "a\uFFFDb"],
  ["\uDE00", "\uFFFD"],
  ["\uDE00\n\uD83D", "\uFFFD\n\uFFFD"],
  ["\uD83D\uD83D\uDE00", "\uFFFD\u{1F600}"],
  ["\u{1F600} ä\n", "\u{1F600} ä\n"],
])("%j becomes %j, and the cursor stands behind it", (put, seen) => {
  const state = begun("one two");
  const after = state.update({ ...state.replaceSelection(put), userEvent: "input.paste" }).state;
  expect(after.doc.toString()).toBe(`${seen}one two`);
  expect(after.selection.main.head).toBe(seen.length);
});

test("it is one change, at several places", () => {
  const { changes, state } = begun("one two").update({ changes: [{ from: 0, to: 3, insert: "1\uD83D" }, { from: 7, insert: "\uDE00" }] });
  expect([state.doc.toString(), changes.newLength]).toEqual(["1\uFFFD two\uFFFD", 7]);
});

test("what others have stays as it is", () => {
  const state = begun("");
  expect(state.update({ changes: { from: 0, insert: "\uD83D" }, annotations: ySyncAnnotation.of({} as never) }).state.doc.toString()).toBe("\uD83D");
});
