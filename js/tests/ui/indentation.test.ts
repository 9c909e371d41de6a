// One step of indentation in files of many kinds.
import { insertNewlineAndIndent } from "@codemirror/commands";
import { EditorState, Text, type Transaction } from "@codemirror/state";
import { expect, test } from "vitest";
import { indentation, unitOf } from "../../src/ui/indentation.ts";

const [TAB, TWO, FOUR, EIGHT] = ["\t", "  ", "    ", "        "];

test.each([
  ["Makefile", TAB],
  ["src/GNUmakefile", TAB],
  ["makefile.am", TAB],
  ["rules.mk", TAB],
  ["main.go", TAB],
  ["table.tsv", TAB],
  ["package.json", TWO],
  ["ci.yml", TWO],
  ["a.tsx", TWO],
  ["a.mjs", TWO],
  ["style.css", TWO],
  ["index.html", TWO],
  ["a.py", FOUR],
  ["notes.txt", FOUR],
  ["makefiles/notes", FOUR],
  ["remake", FOUR],
])("without a text %s has its kind's", (file, unit) => {
  expect(unitOf(["one", "", "   "], file)).toBe(unit);
});

test.each([
  ["tabs", ["def f():", "\tif x:", "\t\ty()"], TAB],
  ["two", ["def f():", "  if x:", "    y()"], TWO],
  ["eight", ["f()", "{", "        if (x)", "                y();", "}"], EIGHT],
  ["four, with lines that hang", ["def f(", "        a,", "        b):", "    if x:", "", "        y()"], FOUR],
  ["four, with something aligned", ["f(a,", "  b)", "if x:", "    y()", "    if z:", "        w()"], FOUR],
  ["tabs, with comments of C", ["/*", " * one", " * two", " */", "f() {", "\tx();", "}"], TAB],
  ["spaces with a stray tab", ["a:", "  b:", "    c", "\td"], TWO],
  ["steps of nobody's", ["1. one", "   two"], FOUR],
])("a text with %s is gone on with", (_, lines, unit) => {
  expect(unitOf(lines, "a.py")).toBe(unit);
});

test("the text of a JSON file with four goes before its name", () => {
  expect(unitOf(["{", '    "a": 1', "}"], "a.json")).toBe(FOUR);
});

function entered(file: string, text: string): string {
  let state = EditorState.create({ doc: text, selection: { anchor: text.length }, extensions: indentation(Text.of(text.split("\n")), file) });
  insertNewlineAndIndent({ state, dispatch: (transaction: Transaction) => (state = transaction.state) });
  return state.doc.toString();
}

test("Enter in a recipe of make begins another line of it, whatever else is indented", () => {
  const text = "ifdef X\n    A = 1\n    B = 2\n    C = 3\nendif\nall:\n\techo";
  expect(entered("Makefile", text)).toBe(`${text}\n\t`);
});
