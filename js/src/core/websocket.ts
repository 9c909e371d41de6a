// Streams over the page's own WebSocket to the Jupyter server, which passes the socket on to the engine.
import { SUBPROTOCOL } from "../protocol/terminal.ts";
import { address, type Server } from "./server.ts";
import { ABNORMAL, type Connector } from "./transport.ts";

export function webSocketConnector(server: Server): Connector {
  return {
    kind: "websocket",
    open({ terminal, since, attachment, mode }, events) {
      const query = { since: since?.toString(), attachment, mode };
      const url = address(server.socket, `orchflow/ws/terminals/${encodeURIComponent(terminal)}`, server, query);
      const socket = new WebSocket(url, SUBPROTOCOL);
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
      };
      socket.onclose = ({ code, reason }) => events.close(code || ABNORMAL, reason);
      return {
        send: (bytes) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
        },
        close: () => {
          socket.onmessage = socket.onclose = null;
          socket.close();
        },
      };
    },
  };
}
