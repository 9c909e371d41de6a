// One step of indentation in a file: as its text has it, or else as files of its name do.
import { indentLess, insertNewline, insertTab } from "@codemirror/commands";
import { indentUnit } from "@codemirror/language";
import type { Extension, Text } from "@codemirror/state";
import { keymap } from "@codemirror/view";

/** Lines that are looked at. */
const LINES = 5000;
const STEPS = [2, 4, 8];
/** Make takes nothing else for a recipe, whatever the rest of its file has. */
const MAKE = /(^|\/)(gnu)?makefile(\.[^/]*)?$|\.(mk|mak|make)$/i;
/** Tabs are between its fields. */
const TABLE = /\.(tsv|tab)$/i;
const TABS = /\.go$/i;
const TWO = /\.(json[c5]?|geojson|ya?ml|[cm]?[jt]sx?|css|scss|less|html?|vue|svelte)$/i;

export function unitOf(lines: Iterable<string>, file: string): string {
  if (MAKE.test(file) || TABLE.test(file)) return "\t";
  return unitIn(lines) ?? (TABS.test(file) ? "\t" : TWO.test(file) ? "  " : "    ");
}

export function indentation(doc: Text, file: string): Extension {
  const unit = indentUnit.of(unitOf(doc.iterLines(1, Math.min(doc.lines, LINES) + 1), file));
  if (!TABLE.test(file)) return unit;
  // What is blank is no indentation there.
  return [unit, keymap.of([{ key: "Tab", run: insertTab, shift: indentLess }, { key: "Enter", run: insertNewline }])];
}

/** Null where no line tells. */
function unitIn(lines: Iterable<string>): string | null {
  let [tabs, spaces, before] = [0, 0, 0];
  const deeper = new Map(STEPS.map((step) => [step, 0]));
  for (const line of lines) {
    if (line.trim() === "") continue;
    if (line.startsWith("\t")) {
      tabs++;
      continue;
    }
    const width = /^ */.exec(line)![0].length;
    // A single one leads the lines of a comment.
    if (width > 1) spaces++;
    const votes = deeper.get(width - before);
    if (votes !== undefined) deeper.set(width - before, votes + 1);
    before = width;
  }
  if (tabs > spaces) return "\t";
  const most = Math.max(...deeper.values());
  return most === 0 ? null : " ".repeat(STEPS.find((step) => deeper.get(step) === most)!);
}
