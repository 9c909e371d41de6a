// An unmodified Yjs client with the y-websocket provider: joins a room, edits, and says what it sees, a line of JSON each.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { WebsocketProvider } = require("y-websocket");
const WebSocket = require("ws");
const Y = require("yjs");

const [server, room, params] = process.argv.slice(2);
const doc = new Y.Doc();
const provider = new WebsocketProvider(server, room, doc, {
  WebSocketPolyfill: WebSocket,
  disableBc: true,
  params: JSON.parse(params),
});
const text = doc.getText("source");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const commands = {
  insert: ([at, what]) => text.insert(at, what),
  delete: ([at, count]) => text.delete(at, count),
  edit: ([where, count, what]) => {
    const written = text.toString();
    const whole = (index) => (/[\udc00-\udfff]/.test(written.charAt(index)) ? index + 1 : index); // never half a pair
    const at = whole(Math.floor(where * written.length));
    if (count) text.delete(at, whole(Math.min(at + count, written.length)) - at);
    text.insert(at, what);
  },
  connect: () => provider.connect(),
  disconnect: () => provider.disconnect(),
  state: () => say({ state: Buffer.from(Y.encodeStateVector(doc)).toString("hex") }),
  show: ([state]) => provider.awareness.setLocalState(state),
  text: () => say({ text: text.toString() }),
  states: () => say({ states: [...provider.awareness.getStates().values()] }),
  leave: () => provider.destroy(),
};
provider.on("sync", (synced) => synced && say({ synced }));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [name, ...given] = JSON.parse(line);
    commands[name](given);
  })
  .on("close", () => process.exit());
