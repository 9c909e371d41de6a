// Reads JSON lines {cols, rows, direct: [base64], client: [base64, [cols, rows] or {snapshot: base64}], parts, more} on
// stdin; answers each with the differences of two xterm.js. With `more` the direct one goes on where it was.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { Terminal } = require("@xterm/headless");
const { UnicodeGraphemesAddon } = require("@xterm/addon-unicode-graphemes");
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const LINES = 200;

// The widget's own way with a snapshot. In parts, its far lines are parsed at the end, and put above the others.
const { createServer } = await import(require.resolve("vite"));
const root = fileURLToPath(new URL("../../js", import.meta.url));
const vite = await createServer({ root, configFile: false, logLevel: "error", server: { middlewareMode: true, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } });
const [{ XtermEmulator }, { Backlog }] = await Promise.all(["emulator", "backlog"].map((name) => vite.ssrLoadModule(`/src/ui/${name}.ts`)));
await vite.close();

function made({ cols, rows }) {
  const term = new Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
  term.loadAddon(new UnicodeGraphemesAddon()); // as the widget does
  return term;
}

async function shown(size, steps, inParts = false) {
  const term = Object.assign(made(size), { hasSelection: () => false });
  const emulator = new XtermEmulator(term);
  const backlog = new Backlog(term, made, () => {});
  if (inParts) emulator.above = backlog;
  const titles = [];
  term.onTitleChange((title) => titles.push(title));
  const feed = async (steps) => {
    for (const step of steps) {
      if (Array.isArray(step)) emulator.resize(...step);
      else if (step.snapshot) {
        emulator.reset();
        await new Promise((resolve) => emulator.snapshot(bytes(step.snapshot), resolve));
      } else await new Promise((resolve) => emulator.write(bytes(step), true, resolve));
    }
    const length = term.buffer.normal.length;
    backlog.finish();
    return { term, feed, title: titles.at(-1) ?? "", parted: term.buffer.normal.length > length };
  };
  return feed(steps);
}

// The first 16 of the 256 colours are the 16 colours, however they are asked for.
function colour(cell, which) {
  const palette = cell[`is${which}Palette`]();
  return [palette ? "palette" : cell[`get${which}ColorMode`](), cell[`get${which}Color`]()];
}

const FLAGS = ["isBold", "isItalic", "isDim", "isUnderline", "isBlink", "isInverse", "isInvisible", "isStrikethrough"];
const SEEN_ON_BLANKS = ["isUnderline", "isInverse", "isStrikethrough"];

function cellsOf(buffer, from, cols) {
  const lines = [];
  for (let y = Math.max(0, from); y < buffer.length; y++) {
    const line = buffer.getLine(y);
    const cells = [];
    for (let x = 0; x < cols; x++) {
      const cell = line.getCell(x);
      const chars = cell.getChars() || " ";
      // The colour and the weight of a character that is not there are nobody's.
      const flags = (chars === " " ? SEEN_ON_BLANKS : FLAGS).filter((name) => cell[name]()).join(",");
      const ink = chars !== " " || flags ? colour(cell, "Fg") : [];
      cells.push([chars, cell.getWidth(), ...ink, ...colour(cell, "Bg"), flags].join("|"));
    }
    lines.push({ cells, wrapped: line.isWrapped, text: line.translateToString(true) });
  }
  return lines;
}

function compare(a, b, cols, lines = LINES) {
  const differences = [];
  const say = (what, x, y) => JSON.stringify(x) === JSON.stringify(y) || differences.push(`${what}: ${JSON.stringify(x)} is ${JSON.stringify(y)}`);
  say("title", a.title, b.title);
  say("modes", a.term.modes, b.term.modes);
  const [one, two] = [a.term.buffer.active, b.term.buffer.active];
  say("buffer", one.type, two.type);
  say("cursor", [one.cursorX, one.cursorY], [two.cursorX, two.cursorY]);
  for (const kind of ["normal", "alternate"]) {
    if (kind === "alternate" && one.type === "normal") continue; // what it holds while it is not shown is nobody's
    const [left, right] = [a.term.buffer[kind], b.term.buffer[kind]];
    const count = Math.min(left.length, right.length, lines + a.term.rows);
    const [before, after] = [left, right].map((buffer) => cellsOf(buffer, buffer.length - count, cols));
    before.forEach((line, y) => {
      const at = `${kind} ${y - count + a.term.rows}`;
      if (line.wrapped !== after[y].wrapped) differences.push(`${at}: wrapped ${line.wrapped} is ${after[y].wrapped}`);
      const x = line.cells.findIndex((cell, x) => cell !== after[y].cells[x]);
      if (x >= 0) differences.push(`${at},${x}: ${line.cells[x]} is ${after[y].cells[x]} in ${line.text}`);
    });
  }
  return differences;
}

function textOf({ term: { buffer: { normal } } }) {
  return Array.from({ length: normal.length }, (_, y) => normal.getLine(y)).map((line) => `${line.isWrapped} ${line.translateToString(true)}`).join("\n");
}

let direct;
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  direct = job.more ? await direct.feed(job.direct) : await shown(job, job.direct);
  const client = await shown(job, job.client);
  const differences = compare(direct, client, job.cols);
  if (job.parts) {
    const parted = await shown(job, job.client, true);
    if (!parted.parted) differences.push("in parts: it was not parted");
    if (textOf(parted) !== textOf(client)) differences.push("in parts: another text");
    differences.push(...compare(client, parted, job.cols).map((text) => `in parts: ${text}`));
  }
  console.log(JSON.stringify(differences.slice(0, 400)));
}
