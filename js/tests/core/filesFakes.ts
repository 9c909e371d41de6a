// An engine's end of file-event streams, and a client on them.
import { FilesClient, type FilesOptions } from "../../src/core/files.ts";
import type { FilesListener, FilesRequest, FilesWay } from "../../src/core/filesWays.ts";
import type { TransportKind } from "../../src/core/transport.ts";
import type { FilesBatch, FilesResync } from "../../src/protocol/files.ts";
import { FakeClock } from "./fakes.ts";

export class FakeFilesStream {
  readonly sent: unknown[] = [];
  closed = false;
  readonly request: FilesRequest;
  readonly #listener: FilesListener;
  constructor(request: FilesRequest, listener: FilesListener) {
    this.request = request;
    this.#listener = listener;
  }
  say(message: unknown): void {
    this.#listener.message(typeof message === "string" ? message : JSON.stringify(message));
  }
  hello(clock = "b:r:0", mode = "native"): void {
    this.say({ type: "hello", clock, path: "src", mode, window_ms: 50 });
  }
  batch(clock: string, ...paths: string[]): void {
    const events = paths.map((path) => ({ kind: "modified", path, is_dir: false }));
    this.say({ type: "batch", clock, events, first_seen: 1000, sent: 2000 });
  }
  close(code: number, reason = ""): void {
    this.closed = true;
    this.#listener.close(code, reason);
  }
}

export class FakeFilesWay implements FilesWay {
  readonly kind: TransportKind;
  readonly streams: FakeFilesStream[] = [];
  constructor(kind: TransportKind = "websocket") {
    this.kind = kind;
  }
  open(request: FilesRequest, listener: FilesListener) {
    const stream = new FakeFilesStream(request, listener);
    this.streams.push(stream);
    return { send: (text: string) => void stream.sent.push(JSON.parse(text)), close: () => void (stream.closed = true) };
  }
  get last(): FakeFilesStream {
    return this.streams.at(-1)!;
  }
}

export function watching(options: Partial<FilesOptions> = {}) {
  const clock = new FakeClock();
  const webSocket = new FakeFilesWay();
  const batches: FilesBatch[] = [];
  const resyncs: FilesResync[] = [];
  const client = new FilesClient({
    path: "src",
    recursive: true,
    ignore: ["*.log"],
    webSocket,
    comm: null,
    probe: () => Promise.resolve({ kind: "unreachable" }),
    clock,
    events: { changed: () => {}, batch: (batch) => void batches.push(batch), resync: (resync) => void resyncs.push(resync) },
    ...options,
  });
  return { clock, webSocket, client, batches, resyncs };
}
