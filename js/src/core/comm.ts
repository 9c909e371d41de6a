// The widget's own channel to its kernel: streams where the browser cannot reach the server, and calls.
import { ABNORMAL, type Connector, type Transport, type TransportEvents } from "./transport.ts";
import { clock as systemClock, type Clock } from "./clock.ts";
import { newName } from "./name.ts";

/** What this module needs of an anywidget model. */
export interface CommModel {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: "msg:custom", handler: (content: unknown, buffers: DataView[]) => void): void;
  off(event: "msg:custom", handler: (content: unknown, buffers: DataView[]) => void): void;
}

interface FromKernel {
  kind?: string;
  stream?: string;
  call?: number;
  code?: number;
  reason?: string;
  result?: unknown;
  error?: string;
}

/** How long a kernel may take to answer, in ms. It may be busy, and then answers late. */
const PATIENCE = 8000;

export interface CommChannel extends Connector {
  readonly kind: "comm";
  /** Opens a stream that `fields` describe to the kernel. */
  stream(fields: Record<string, unknown>, events: TransportEvents): Transport;
  /** Asks the kernel to do something. Rejects with the kernel's own words, or when it says nothing for 8 s. */
  call(method: "create" | "delete" | "get" | "metrics" | "open" | "file", params: Record<string, unknown>): Promise<unknown>;
  /** The bundle's bytes, for pages that no server answers. */
  bundle(): Promise<Uint8Array<ArrayBuffer>>;
  dispose(): void;
}

/** `alive` tells whether a kernel listens at all; without it, silence does. */
export function commChannel(model: CommModel, clock: Clock = systemClock, alive = () => true): CommChannel {
  const streams = new Map<string, TransportEvents & { opened(): void }>();
  const calls = new Map<number, (answer: FromKernel) => void>();
  const bundles = new Set<(answer: FromKernel, bytes: DataView | undefined) => void>();
  // The model's other views see our answers too: start where they hardly are.
  let lastCall = Math.floor(clock.random() * 2 ** 40);

  const receive = (content: unknown, buffers: DataView[] = []) => {
    const message = (content ?? {}) as FromKernel;
    if (message.kind === "bundle") for (const take of [...bundles]) take(message, buffers[0]);
    else if (message.kind === "result" && message.call !== undefined) calls.get(message.call)?.(message);
    const stream = message.stream === undefined ? undefined : streams.get(message.stream);
    if (stream === undefined) return;
    stream.opened();
    if (message.kind === "data") {
      for (const buffer of buffers) stream.message(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
    } else if (message.kind === "closed") {
      streams.delete(message.stream!);
      stream.close(message.code ?? ABNORMAL, message.reason ?? "");
    }
  };
  model.on("msg:custom", receive);

  /** Of a stream: a comm whose kernel has gone takes nothing and throws, and the silence ends the stream. */
  const tell = (content: unknown, buffers?: ArrayBuffer[]) => {
    try {
      model.send(content, undefined, buffers);
    } catch (error) {
      console.warn("orchflow: the kernel cannot be told", error);
    }
  };

  const patience = () => (alive() ? PATIENCE : 0);

  /** A promise that fails when the kernel keeps silent. */
  const answered = <T>(start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void) =>
    new Promise<T>((resolve, reject) => {
      const silent = clock.after(patience(), () => settle(() => reject(new Error("The kernel does not answer."))));
      const settle = (then: () => void) => {
        silent();
        forget();
        then();
      };
      const forget = start(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    });

  const open = (fields: Record<string, unknown>, events: TransportEvents): Transport => {
    const stream = newName();
    const close = (code: number, reason: string) => {
      if (!streams.delete(stream)) return;
      silent();
      events.close(code, reason);
    };
    const silent = clock.after(patience(), () => {
      // It may be busy and open the stream later, with nobody there to read it.
      tell({ kind: "close", stream });
      close(ABNORMAL, "The kernel does not answer.");
    });
    streams.set(stream, {
      message: (bytes) => events.message(bytes),
      close: (code, reason) => events.close(code, reason),
      opened: silent,
    });
    tell({ kind: "open", stream, ...fields });
    return {
      send: (bytes) => {
        if (streams.has(stream)) tell({ kind: "data", stream }, [bytes.buffer]);
      },
      close: () => {
        silent();
        if (streams.delete(stream)) tell({ kind: "close", stream });
      },
    };
  };

  return {
    kind: "comm",
    alive,
    stream: open,
    open: ({ since, attachment, mode }, events) =>
      open({ attachment, mode, ...(since === undefined ? {} : { since }) }, events),
    call: (method, params) =>
      answered((resolve, reject) => {
        const call = ++lastCall;
        calls.set(call, ({ result, error }) => (error === undefined ? resolve(result) : reject(new Error(error))));
        model.send({ kind: "call", call, method, params });
        return () => calls.delete(call);
      }),
    bundle: () =>
      answered((resolve, reject) => {
        const take = ({ error }: FromKernel, bytes: DataView | undefined) => {
          if (bytes === undefined) reject(new Error(error ?? "The kernel sent nothing."));
          else resolve(new Uint8Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer));
        };
        bundles.add(take);
        model.send({ kind: "bundle" });
        return () => bundles.delete(take);
      }),
    dispose: () => {
      model.off("msg:custom", receive);
      for (const stream of streams.keys()) tell({ kind: "close", stream });
      streams.clear();
    },
  };
}
