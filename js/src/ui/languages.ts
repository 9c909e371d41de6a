// The language of a file by its name; each is loaded when a file has it.
import { LanguageDescription, type LanguageSupport } from "@codemirror/language";
import { languages } from "@codemirror/language-data";

export interface Language {
  name: string;
  load(): Promise<LanguageSupport>;
}

/** Null where none is known. */
export function languageOf(file: string): Language | null {
  const found = LanguageDescription.matchFilename(languages, file);
  return found === null ? null : { name: found.name, load: () => found.load() };
}
