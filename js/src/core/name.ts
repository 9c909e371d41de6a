// Names that nobody else has: of attachments and of streams.

/** 128 random bits in hex. `crypto.randomUUID` would do, but plain-HTTP pages lack it. */
export function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
