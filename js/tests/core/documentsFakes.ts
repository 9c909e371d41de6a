// A room as the engine keeps one, in the page itself: for tests, and for the page that shows every state.
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { DocumentClient } from "../../src/core/documents.ts";
import type { DocumentOptions } from "../../src/core/documentsOptions.ts";
import { RefusedError, type DocumentsWay, type Opened, type Refusal } from "../../src/core/documentsWays.ts";
import type { Transport, TransportEvents, TransportKind } from "../../src/core/transport.ts";
import { decodeDocument, encodeAwareness, encodeCall, encodeStepOne, encodeUpdate } from "../../src/protocol/documents.ts";
import { FakeClock } from "./fakes.ts";

type Call = Record<string, unknown> & { id: number; call: string };

/** One connection, from the engine's side. */
class FakeMember {
  updates = 0;
  readonly clients = new Set<number>();
  readonly events: TransportEvents;
  readonly mode: string;
  constructor(events: TransportEvents, mode: string) {
    this.events = events;
    this.mode = mode;
  }
}

/** With `safe` all that comes is kept at once; without it nothing is until `keep()`. */
export class FakeRoom {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText("source");
  readonly state = this.doc.getMap<unknown>("state");
  readonly awareness = new Awareness(this.doc);
  readonly members = new Set<FakeMember>();
  readonly calls: Call[] = [];
  readonly name: string;
  safe = true;
  /** What a call gives; a thrown error's message is the engine's. */
  answer: (call: Call) => Record<string, unknown> = () => ({});

  /** How jupyter-collaboration would say that a save went. */
  written = () => {
    this.state.set("dirty", false);
    return "success";
  };

  constructor(name: string, text: string) {
    this.name = name;
    clearInterval(this.awareness._checkInterval);
    this.awareness.setLocalState(null);
    this.text.insert(0, text);
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      for (const member of [...this.members]) if (member !== origin) member.events.message(encodeUpdate(update));
    });
    this.awareness.on("update", ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>, origin: unknown) => {
      const faces = encodeAwarenessUpdate(this.awareness, [...added, ...updated, ...removed]);
      for (const member of [...this.members]) if (member !== origin) member.events.message(encodeAwareness(faces));
    });
  }

  join(events: TransportEvents, mode: string): Transport {
    const member = new FakeMember(events, mode);
    this.members.add(member);
    queueMicrotask(() => {
      if (!this.members.has(member)) return;
      events.message(encodeStepOne(Y.encodeStateVector(this.doc)));
      events.message(encodeAwareness(encodeAwarenessUpdate(this.awareness, [...this.awareness.getStates().keys()])));
    });
    return {
      send: (bytes) => this.members.has(member) && this.#take(member, bytes),
      close: () => this.#leave(member),
    };
  }

  /** Somebody else is here, and perhaps has a cursor. */
  show(client: number, name: string, color: string, anchor?: number, head = anchor): void {
    const at = (index: number) => Y.createRelativePositionFromTypeIndex(this.text, index);
    const cursor = anchor === undefined ? null : { anchor: at(anchor), head: at(head!) };
    const doc = new Y.Doc();
    doc.clientID = client;
    const other = new Awareness(doc);
    other.setLocalState({ user: { name, color }, cursor });
    clearInterval(other._checkInterval);
    applyAwarenessUpdate(this.awareness, encodeAwarenessUpdate(other, [client]), "elsewhere");
  }

  keep(): void {
    for (const member of this.members) member.events.message(encodeCall({ event: "safe", updates: member.updates }));
  }

  /** Ends every connection. */
  cut(code: number, reason = ""): void {
    for (const member of [...this.members]) {
      this.#leave(member);
      member.events.close(code, reason);
    }
  }

  #leave(member: FakeMember): void {
    this.members.delete(member);
    removeAwarenessStates(this.awareness, [...member.clients], member);
  }

  #take(member: FakeMember, bytes: Uint8Array): void {
    // Kind 2, "save", its number.
    if (bytes[0] === 2) {
      const said = new TextEncoder().encode(JSON.stringify({ type: "save", responseTo: bytes[6], status: this.written() }));
      return member.events.message(new Uint8Array([2, said.length, ...said]));
    }
    const message = decodeDocument(bytes);
    switch (message?.type) {
      case "step one":
        return member.events.message(encodeUpdate(Y.encodeStateAsUpdate(this.doc, message.state), true));
      case "update":
        member.updates++;
        if (member.mode === "rw") Y.applyUpdate(this.doc, message.update, member);
        else if (message.update.length > 2) member.events.message(encodeCall({ event: "refused", message: "you may only look", reason: "not_allowed" }));
        if (this.safe) member.events.message(encodeCall({ event: "safe", updates: member.updates }));
        return;
      case "awareness":
        this.#face(member, message.faces);
        return;
      case "call":
        return this.#called(member, message.value as Call);
    }
  }

  #face(member: FakeMember, faces: Uint8Array): void {
    const told = ({ added }: { added: number[] }, origin: unknown) => origin === member && added.forEach((client) => member.clients.add(client));
    this.awareness.on("change", told);
    applyAwarenessUpdate(this.awareness, faces, member);
    this.awareness.off("change", told);
  }

  #called(member: FakeMember, call: Call): void {
    const say = (value: Record<string, unknown>) => member.events.message(encodeCall({ id: call.id, ...value }));
    if (call.call === "hello") return say({ result: { room: this.name, writable: member.mode === "rw" } });
    this.calls.push(call);
    try {
      say({ result: this.answer(call) });
    } catch (error) {
      say({ error: { message: (error as Error).message, reason: "failed" } });
    }
  }
}

/** A way on which paths lead to rooms. */
export class FakeDocumentsWay implements DocumentsWay {
  readonly kind: TransportKind;
  readonly rooms = new Map<string, FakeRoom>();
  /** Why nothing can be opened now. */
  refusal: Refusal | null = null;
  opened: Partial<Opened> = {};
  asked = 0;
  joined = 0;
  /** What comes before an answer. */
  answers: Promise<void> = Promise.resolve();
  constructor(kind: TransportKind = "websocket") {
    this.kind = kind;
  }
  make(path: string, name: string, text: string): FakeRoom {
    const room = new FakeRoom(name, text);
    room.state.set("path", path);
    this.rooms.set(path, room);
    return room;
  }
  create(path: string): Promise<void> {
    if (this.refusal?.kind !== "gone") return Promise.reject(new Error("not allowed"));
    this.refusal = null;
    this.make(path, "new", "");
    return Promise.resolve();
  }
  async ask(path: string, head = 0): Promise<Opened> {
    this.asked++;
    await this.answers;
    if (this.refusal !== null) throw new RefusedError(this.refusal);
    const room = this.rooms.get(path);
    const name = room?.name ?? "none";
    const told = room?.text.toString().slice(0, head) ?? "";
    return { path, room: name, wsUrl: `/${name}`, provider: "orchflow", type: "file", writable: true, head: told, lines: 0, ...this.opened };
  }
  join({ room }: Opened, mode: "rw" | "ro", events: TransportEvents): Transport {
    this.joined++;
    const found = [...this.rooms.values()].find(({ name }) => name === room);
    if (found !== undefined && this.refusal === null) return found.join(events, mode);
    queueMicrotask(() => events.close(this.refusal === null ? 4404 : 1006, ""));
    return { send: () => {}, close: () => {} };
  }
}

export const USER = { name: "Ada", color: "#d6287f", colorLight: "#d6287f33" };

export function editing(options: Partial<DocumentOptions> = {}, text = "one\ntwo\n") {
  const clock = new FakeClock();
  const way = new FakeDocumentsWay();
  const room = way.make("a.txt", "r1", text);
  const client = new DocumentClient({ path: "a.txt", mode: "rw", user: USER, webSocket: way, comm: null, clock, changed: () => {}, ...options });
  return { clock, way, room, client };
}
