// Whom the figures are asked of, and what the answers mean.
import { expect, test } from "vitest";
import { MetricsSource, RefusedError, type Figures } from "../../src/core/metrics.ts";

const SERVER = { base: "http://host/base/", socket: "ws://host/base/", token: "" };
const told = (root = "/r") => ({ root, bounds: [1] }) as unknown as Figures;

function source(answers: (readonly [number, unknown])[], { root = "/r", server = true, kernel = true } = {}) {
  const asked: string[] = [];
  const fetcher = ((url: string, init: RequestInit) => {
    asked.push(`${url} ${JSON.stringify(init.headers)}`);
    const [status, body] = answers.shift()!;
    if (status === 0) return Promise.reject(new TypeError("failed to fetch"));
    return Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
  }) as unknown as typeof fetch;
  const channel = {
    call: (method: string) => {
      asked.push(method);
      return kernel ? Promise.resolve(told("/kernel")) : Promise.reject(new Error("The kernel does not answer."));
    },
  };
  return { asked, source: new MetricsSource({ server: server ? SERVER : null, channel, root, cookie: () => "_xsrf=x", fetcher }) };
}

test("the server is asked, with the XSRF header", async () => {
  const { source: figures, asked } = source([[200, told()]]);
  expect(await figures.read()).toEqual(told());
  expect(asked).toEqual(['http://host/base/orchflow/api/metrics {"X-XSRFToken":"x"}']);
  expect(figures.via).toBe("server");
});

test.each([
  ["no OrchFlow", [404, "<html>"] as const],
  ["a page that is no answer", [200, "<html>sign in</html>"] as const],
  ["the engine of another root", [200, told("/other")] as const],
  ["no way to it", [0, null] as const],
])("the kernel is asked where the server has %s", async (_what, answer) => {
  const { source: figures } = source([answer]);
  expect((await figures.read()).root).toBe("/kernel");
  expect(figures.via).toBe("kernel");
});

test("a page without a server asks the kernel", async () => {
  const { source: figures, asked } = source([], { server: false });
  await figures.read();
  expect(asked).toEqual(["metrics"]);
});

test("a server that answered before and does not now is waited for", async () => {
  const { source: figures } = source([[200, told()], [0, null], [200, told()]]);
  await figures.read();
  await expect(figures.read()).rejects.toThrow("The server does not answer.");
  expect((await figures.read()).root).toBe("/r");
});

test("where neither answers, the server is asked first again", async () => {
  const { source: figures } = source([[0, null], [200, told()]], { kernel: false });
  await expect(figures.read()).rejects.toThrow("The kernel does not answer.");
  expect((await figures.read()).root).toBe("/r");
});

test.each([
  [403, { message: "Ask Ada." }, "Ask Ada."],
  [401, "<html>", "You are not signed in"],
])("%i is a refusal", async (status, body, words) => {
  const { source: figures } = source([[status, body]]);
  const error: unknown = await figures.read().catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(RefusedError);
  expect(String(error)).toContain(words);
});

test("an engine that is being started is told in the server's words", async () => {
  const { source: figures } = source([[503, { message: "the engine is being started" }]]);
  const error: unknown = await figures.read().catch((refusal: unknown) => refusal);
  expect(error).not.toBeInstanceOf(RefusedError);
  expect(String(error)).toContain("the engine is being started");
});
