// How the text of an editor looks: the host's colours where it has them, and ours where it has not (editor.css).
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colour = (name: string) => `var(--of-code-${name})`;

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword, tags.definitionKeyword], color: colour("keyword") },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: colour("string") },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: colour("number") },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: colour("comment"), fontStyle: "italic" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className], color: colour("definition") },
  { tag: [tags.typeName, tags.namespace, tags.standard(tags.variableName), tags.self], color: colour("builtin") },
  { tag: [tags.propertyName, tags.attributeName], color: colour("property") },
  { tag: [tags.tagName, tags.angleBracket], color: colour("keyword") },
  { tag: [tags.meta, tags.processingInstruction, tags.annotation], color: colour("meta") },
  { tag: tags.heading, fontWeight: "600", color: colour("definition") },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: colour("property"), textDecoration: "underline" },
  { tag: tags.invalid, color: "var(--of-err)" },
]);

const frame = EditorView.theme({
  "&": { height: "auto", maxHeight: "var(--of-editor-height)", color: "var(--of-ink)", backgroundColor: "var(--of-screen)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--of-mono)", fontSize: "var(--jp-code-font-size, 13px)", lineHeight: "round(1.45em, 1px)", overflow: "auto" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--of-ink)", minHeight: "calc(4 * 1.45em + 16px)", boxSizing: "border-box" },
  ".cm-line": { padding: "0 10px 0 6px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--of-ink2)", border: "none", fontVariantNumeric: "tabular-nums" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 12px", minWidth: "max(24px, calc(var(--of-digits) * 1ch + 18px))" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--of-ink) 4%, transparent)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLineGutter, &.cm-asked .cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--of-ink)" },
  "&.cm-asked .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--of-brand) 14%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--of-ink)", borderLeftWidth: "1.5px" },
  ".cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--of-ink2) 20%, transparent) !important" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--of-brand) 26%, transparent) !important" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--of-brand) 14%, transparent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", boxShadow: "inset 0 0 0 1px color-mix(in srgb, var(--of-ink2) 70%, transparent)" },
  ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", color: "var(--of-err)" },
  ".cm-searchMatch": { backgroundColor: "var(--of-match)" },
  ".cm-searchMatch, .cm-searchMatch span": { color: "var(--of-ink)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--of-match-now)", outline: "1px solid var(--of-match-edge)" },
  ".cm-panels": { backgroundColor: "transparent", color: "inherit", zIndex: "2" },
  ".cm-panels-top": { borderBottom: "none" },
  // Others: where they are, what they have selected, and who they are while they move or are pointed at.
  ".cm-other": { position: "relative", lineHeight: "0", borderLeft: "1.5px solid var(--other)", marginLeft: "-0.75px", marginRight: "-0.75px" },
  ".cm-other::before": { content: "''", position: "absolute", top: "-2px", left: "-3.5px", width: "5px", height: "5px", borderRadius: "1px", background: "var(--other)" },
  ".cm-other > span": {
    position: "absolute",
    top: "-1.3em",
    left: "-1.5px",
    padding: "0 4px",
    borderRadius: "2px",
    font: "10px/1.45 var(--of-ui)",
    whiteSpace: "nowrap",
    background: "var(--other)",
    color: "var(--other-ink)",
    pointerEvents: "none",
    userSelect: "none",
    zIndex: "3",
    opacity: "0",
  },
  ".cm-other.turned > span": { left: "auto", right: "-1.5px" },
  ".cm-other.low > span": { top: "auto", bottom: "-1.5em" },
  ".cm-other.moved > span, .cm-other:hover > span": { opacity: "1" },
  ".cm-other-selection": { backgroundColor: "color-mix(in srgb, var(--other) 12%, transparent)", boxShadow: "inset 0 -1px color-mix(in srgb, var(--other) 60%, transparent)" },
});

export const look = [frame, syntaxHighlighting(highlight)];
