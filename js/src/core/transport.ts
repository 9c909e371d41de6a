// What carries protocol messages between a view and the engine; a WebSocket or a kernel's comm, and nothing behind it can tell.

export type TransportKind = "websocket" | "comm";

/** Which stream to open. */
export interface StreamRequest {
  terminal: string;
  /** The output offset that the view has already; without it the engine sends the state as it is now. */
  since?: number;
  /** The view's own name, kept over its reconnects, so that its inputs are counted on. */
  attachment: string;
  mode: "rw" | "ro";
}

/** Who listens. `close` comes once, and nothing after it. */
export interface TransportEvents {
  /** One may speak first. Not every transport says so, and then the other end does. */
  opened?(): void;
  message(bytes: Uint8Array): void;
  close(code: number, reason: string): void;
}

export interface Transport {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends it from here; no event follows. */
  close(): void;
}

/** Opens streams of one kind. */
export interface Connector {
  readonly kind: TransportKind;
  /** Whether anybody is at the other end at all, where that is known. */
  alive?(): boolean;
  open(request: StreamRequest, events: TransportEvents): Transport;
}

/** The close code that stands for "it ended without saying why" (RFC 6455, section 7.1.5). */
export const ABNORMAL = 1006;
