// What the server's answers mean.
import { expect, test } from "vitest";
import { restOf } from "../../src/core/rest.ts";

const server = { base: "http://host/base/", socket: "ws://host/base/", token: "" };
function answering(status: number, body: unknown) {
  const requests: { url: string; init: RequestInit }[] = [];
  const fetcher = ((url: string, init: RequestInit) => {
    requests.push({ url, init });
    if (status === 0) return Promise.reject(new TypeError("failed to fetch"));
    return Promise.resolve(new Response(status === 204 ? null : typeof body === "string" ? body : JSON.stringify(body), { status }));
  }) as unknown as typeof fetch;
  return { requests, rest: restOf(server, () => "_xsrf=x", fetcher) };
}

test.each([
  [200, { id: "t1" }, "there"],
  [200, "<html>sign in</html>", "foreign"],
  [401, { message: "no" }, "refused"],
  [403, { message: "Ask Ada.", reason: "not_allowed" }, "refused"],
  [404, { message: "gone", reason: "not_found" }, "gone"],
  [404, "<html>", "foreign"],
  [404, { message: "Not Found", reason: null }, "foreign"],
  [503, { message: "starting" }, "unreachable"],
  [0, null, "unreachable"],
])("%i %j means %s", async (status, body, kind) => {
  expect((await answering(status, body).rest.probe("t1")).kind).toBe(kind);
});

test("a refusal is told in the server's own words", async () => {
  const verdict = await answering(403, { message: "Ask Ada." }).rest.probe("t1");
  expect(verdict).toEqual({ kind: "refused", reason: "Ask Ada." });
});

test("create sends what was asked with the XSRF header, and gives the id", async () => {
  const { rest, requests } = answering(201, { id: "t9" });
  expect(await rest.create({ command: ["htop"] })).toBe("t9");
  expect(requests[0]!.url).toBe("http://host/base/orchflow/api/terminals");
  expect(requests[0]!.init.headers).toMatchObject({ "X-XSRFToken": "x" });
  expect(requests[0]!.init.body).toBe('{"command":["htop"]}');
  await expect(answering(400, { message: "There is no directory x." }).rest.create({})).rejects.toThrow("There is no directory x.");
});

test("a name that a running terminal has already gives that terminal", async () => {
  const terminals = [
    { id: "t1", name: "dup", state: "exited" },
    { id: "t2", name: "dup", state: "running" },
  ];
  const refusal = { message: "a terminal named 'dup' is running", reason: "conflict" };
  const fetcher = ((_url: string, { method }: RequestInit) =>
    Promise.resolve(method === "POST" ? Response.json(refusal, { status: 409 }) : Response.json(terminals))) as unknown as typeof fetch;
  const rest = restOf(server, () => "", fetcher);
  expect(await rest.create({ name: "dup" })).toBe("t2");
  await expect(rest.create({ name: "other" })).rejects.toThrow("is running");
});

test("deleting what is gone is as good", async () => {
  await answering(204, null).rest.delete("t1");
  await answering(404, { message: "", reason: "not_found" }).rest.delete("t1");
  await expect(answering(403, { message: "No." }).rest.delete("t1")).rejects.toThrow("No.");
});
