// The languages of pages that no server answers: those that fit into one file. It takes the place of `languages` there.
import { css } from "@codemirror/lang-css";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import type { LanguageSupport } from "@codemirror/language";
import type { Language } from "./languages.ts";

const KNOWN: [name: string, ends: RegExp, make: () => LanguageSupport][] = [
  ["Python", /\.(py|pyi|pyw)$/i, python],
  ["Markdown", /\.(md|markdown)$/i, () => markdown()],
  ["JSON", /\.(json|map)$/i, json],
  ["TypeScript", /\.(ts|mts|cts)$/i, () => javascript({ typescript: true })],
  ["TSX", /\.tsx$/i, () => javascript({ typescript: true, jsx: true })],
  ["JavaScript", /\.(js|mjs|cjs|jsx)$/i, () => javascript({ jsx: true })],
  ["HTML", /\.html?$/i, () => html()],
  ["CSS", /\.css$/i, css],
  ["YAML", /\.ya?ml$/i, yaml],
];

export function languageOf(file: string): Language | null {
  const found = KNOWN.find(([, ends]) => ends.test(file));
  return found === undefined ? null : { name: found[0], load: async () => found[2]() };
}
