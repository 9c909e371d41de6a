// Text that is cut at any byte on its way is shown as if it had come in one piece.
import headless from "@xterm/headless";
import { expect, test } from "vitest";
import { WholeCharacters } from "../../src/ui/characters.ts";
import { XtermEmulator } from "../../src/ui/emulator.ts";

const TEXT = "aé€😀語ä̈한👩‍👩‍👧‍👦🏳️‍🌈🇩🇪“…”—∑\x1b[31mró\x1b[0mż\r\nend";
const DATA = new TextEncoder().encode(TEXT);

async function shown(...pieces: Uint8Array[]): Promise<string[]> {
  const term = new headless.Terminal({ cols: 80, rows: 3, allowProposedApi: true });
  const emulator = new XtermEmulator(term as unknown as ConstructorParameters<typeof XtermEmulator>[0]);
  await Promise.all(pieces.map((piece) => new Promise<void>((done) => emulator.write(piece, false, done))));
  const lines = [0, 1, 2].map((row) => term.buffer.active.getLine(row)!.translateToString(true));
  term.dispose();
  return lines;
}

test("cut at every byte, and into single bytes", async () => {
  const whole = await shown(DATA);
  expect(whole[0]).toContain("🇩🇪“…”—∑róż");
  for (let cut = 0; cut <= DATA.length; cut++) {
    expect(await shown(DATA.subarray(0, cut), DATA.subarray(cut))).toEqual(whole);
  }
  expect(await shown(...Array.from(DATA, (byte) => Uint8Array.of(byte)))).toEqual(whole);
});

test("no byte is lost or kept back for ever, whatever it is", () => {
  for (const bytes of [[0x80], [0xff, 0xfe], [0xe2, 0x28], [0xf0, 0x9f, 0x41], [0xc3, 0xc3, 0xa9], [0xbf, 0xbf, 0xbf, 0xbf]]) {
    const characters = new WholeCharacters();
    const got = bytes.flatMap((byte) => [...characters.push(Uint8Array.of(byte))]);
    expect([...got, ...characters.push(Uint8Array.of(0x41))]).toEqual([...bytes, 0x41]);
  }
});

test("a reset forgets the beginning of a character", async () => {
  const term = new headless.Terminal({ cols: 20, rows: 3, allowProposedApi: true });
  const emulator = new XtermEmulator(term as unknown as ConstructorParameters<typeof XtermEmulator>[0]);
  emulator.write(Uint8Array.of(0x61, 0xe2, 0x80), false, () => {});
  emulator.reset();
  await new Promise<void>((done) => emulator.write(Uint8Array.of(0x62), false, done));
  expect(term.buffer.active.getLine(0)!.translateToString(true)).toBe("b");
});
