// Where the server is, as the page says.
import { expect, test } from "vitest";
import { address, findServer, xsrf, type Page } from "../../src/core/server.ts";

const page = (config: object | null, more: Partial<Page> = {}): Page => ({
  config: config === null ? null : JSON.stringify(config),
  bodyBase: null,
  href: "https://host.example/user/ada/lab/tree/a.ipynb",
  cookie: "",
  ...more,
});

test.each([
  ["JupyterLab", page({ baseUrl: "/user/ada/", wsUrl: "", token: "" }), "https://host.example/user/ada/", "wss://host.example/user/ada/"],
  ["a base without its slash", page({ baseUrl: "/x" }), "https://host.example/x/", "wss://host.example/x/"],
  ["a WebSocket host of its own", page({ baseUrl: "/x/", wsUrl: "wss://ws.example:444/" }), "https://host.example/x/", "wss://ws.example:444/x/"],
  ["nbclassic", page(null, { bodyBase: "/nb/", href: "http://localhost:8888/nb/notebooks/a" }), "http://localhost:8888/nb/", "ws://localhost:8888/nb/"],
  ["a configuration that cannot be read", page(null, { config: "{", bodyBase: "/nb/" }), "https://host.example/nb/", "wss://host.example/nb/"],
])("%s", (_name, from, base, socket) => {
  expect(findServer(from)).toMatchObject({ base, socket });
});

test("a page that names none has none", () => {
  expect(findServer(page(null))).toBeNull();
  expect(findServer(page(null, { bodyBase: "/", href: "vscode-webview://abc/index.html" }))).toBeNull();
});

test("the token goes into the query only where the page has one", () => {
  const server = findServer(page({ baseUrl: "/", token: "s3cret" }))!;
  expect(address(server.base, "orchflow/api/terminals", server)).toBe("https://host.example/orchflow/api/terminals?token=s3cret");
  const without = findServer(page({ baseUrl: "/" }))!;
  expect(address(without.socket, "orchflow/ws/terminals/t", without, { since: "3", mode: undefined })).toBe(
    "wss://host.example/orchflow/ws/terminals/t?since=3",
  );
});

test("the XSRF cookie becomes a header", () => {
  expect(xsrf("a=1; _xsrf=2%7Cabc; b=2")).toEqual({ "X-XSRFToken": "2|abc" });
  expect(xsrf("not_xsrf=1")).toEqual({});
});
