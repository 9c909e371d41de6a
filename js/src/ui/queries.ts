// Keeps the emulator from answering questions that are not its to answer: those in history, and those that another view answers.
import type { IDisposable, IParser } from "@xterm/xterm";

/** Control sequences to which a terminal replies by itself. */
const CSI = [
  { final: "c" }, // DA1
  { prefix: ">", final: "c" }, // DA2
  { prefix: "=", final: "c" }, // DA3
  { final: "n" }, // DSR, CPR
  { prefix: "?", final: "n" }, // DECXCPR and its kin
  { intermediates: "$", final: "p" }, // DECRQM, ANSI modes
  { prefix: "?", intermediates: "$", final: "p" }, // DECRQM, private modes
  { prefix: ">", final: "q" }, // XTVERSION
  { prefix: "?", final: "u" }, // kitty keyboard
  { final: "x" }, // DECREQTPARM
] as const;
/** Reports of the window (XTWINOPS); other parameters of CSI t change something and stay. */
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);
const DCS = [
  { intermediates: "$", final: "q" }, // DECRQSS
  { intermediates: "+", final: "q" }, // XTGETTCAP
] as const;
/** Colours: a question where the value is "?", else a change. */
const OSC_COLOURS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

export function swallowQueries(parser: IParser, silent: () => boolean): IDisposable {
  const hooks = [
    ...CSI.map((id) => parser.registerCsiHandler(id, () => silent())),
    parser.registerCsiHandler({ final: "t" }, ([first]) => silent() && WINDOW_REPORTS.has(Number(first))),
    ...DCS.map((id) => parser.registerDcsHandler(id, () => silent())),
    ...OSC_COLOURS.map((id) => parser.registerOscHandler(id, (data) => silent() && data.split(";").includes("?"))),
  ];
  return { dispose: () => hooks.forEach((hook) => hook.dispose()) };
}
