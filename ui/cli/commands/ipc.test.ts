import { describe, expect, it } from "vitest";
import { superos } from "../stand-in.ts";

const project = "abcdefghij";
const site = { id: project, name: "site", root: 7, createdAt: 1, files: 1, bytes: 1, engineRuntime: null };
const limits = { maxMessages: 100, maxBytes: 16 << 20, acknowledgeMs: 30_000, maxDeliveries: 5, schema: null };
const queue = {
  ...limits,
  name: "jobs",
  project,
  createdBy: 7,
  createdAt: 1,
  depth: 3,
  delivered: 1,
  bytes: 2048,
  dead: 2,
  sent: 9,
  received: 3,
  waiting: 0,
  senders: [12, 13],
  receivers: [],
};
const segment = { name: "frame", project, owner: 7, bytes: 1 << 20, createdAt: 1, readers: [12], writers: [] };
const projects = { "GET /projects": { projects: [site] } };
const delivery = (number: number, message: unknown) => ({
  delivery: number,
  message,
  from: 12,
  sentAt: 1,
  deliveries: 1,
});

describe("superos ipc ls", () => {
  it("lists the queues of all projects with what is in them and who uses them", async () => {
    const replies = { ...projects, "GET /queues": { queues: [queue] } };
    const ran = await superos(["ipc", "ls"], { replies });
    expect(ran.stdout.split("\n")[1]?.split(/ {2,}/)).toEqual([
      "jobs",
      "site",
      "3/100",
      "2.0 KiB/16 MiB",
      "1",
      "2",
      "9",
      "3",
      "0",
      "12,13",
      "-",
    ]);
    const json = await superos(["ipc", "ls", "--json"], { replies });
    expect(JSON.parse(json.stdout)).toEqual([queue]);
  });
});

describe("superos ipc create", () => {
  it("sends the limits that are named, and prints the name", async () => {
    const replies = { ...projects, [`POST /queues?project=${project}`]: queue };
    const more = ["--max-messages", "100", "--max-bytes", "64Ki", "--ack-within", "5m"];
    const ran = await superos(["ipc", "create", "jobs", "--project", "site", ...more], { replies });
    expect([ran.code, ran.stdout]).toEqual([0, "jobs\n"]);
    expect(ran.asked.at(-1)?.body).toEqual({
      name: "jobs",
      limits: { maxMessages: 100, maxBytes: 65_536, acknowledgeMs: 300_000 },
    });
  });

  it("refuses what is no name, no number and no size before anything is sent", async () => {
    for (const more of [["UPPER"], ["jobs", "--max-messages", "0"], ["jobs", "--max-bytes", "many"]]) {
      const ran = await superos(["ipc", "create", ...more]);
      expect([ran.code, ran.asked]).toEqual([2, []]);
    }
  });
});

describe("superos ipc send", () => {
  const replies = { "POST /queues/jobs/messages": { sent: 1 } };

  it("sends JSON as what it says, and with --text the text", async () => {
    const json = await superos(["ipc", "send", "jobs", '{"page": 1}'], { replies });
    expect([json.code, json.stdout, json.asked[0]?.body]).toEqual([
      0,
      "Sent 1 message.\n",
      { messages: [{ page: 1 }] },
    ]);
    const text = await superos(["ipc", "send", "jobs", "--text", "7", "--json"], { replies });
    expect([JSON.parse(text.stdout), text.asked[0]?.body]).toEqual([{ sent: 1 }, { messages: ["7"] }]);
  });

  it("refuses what is not JSON, and says what to do", async () => {
    const ran = await superos(["ipc", "send", "jobs", "hello"], { replies });
    expect([ran.code, ran.asked]).toEqual([2, []]);
    expect(ran.stderr).toContain("--text");
  });
});

describe("superos ipc recv", () => {
  const answers = (...all: (readonly unknown[])[]) => {
    const left = [...all];
    return { "POST /queues/jobs/receive": () => ({ deliveries: left.shift() ?? [], late: [] }) };
  };

  it("prints a message and acknowledges it after that", async () => {
    const ran = await superos(["ipc", "recv", "jobs", "--wait", "10s"], {
      replies: answers([delivery(4, { page: 1 })]),
    });
    expect([ran.code, ran.stdout]).toEqual([0, '{"page":1}\n']);
    expect(ran.asked.map(({ body }) => body)).toEqual([
      { max: 1, waitMs: expect.any(Number), acknowledge: [] },
      { max: 0, waitMs: 0, acknowledge: [4] },
    ]);
  });

  it("waits for the first alone, and acknowledges with the request for the next", async () => {
    const replies = answers([delivery(4, "a\u001b[2J")], [delivery(5, "b")]);
    const ran = await superos(["ipc", "recv", "jobs", "-n", "5", "--wait", "10s"], { replies });
    expect(ran.stdout).toBe('"a\\u001b[2J"\n"b"\n');
    expect(ran.asked.slice(1).map(({ body }) => body)).toEqual([
      { max: 4, waitMs: 0, acknowledge: [4] },
      { max: 3, waitMs: 0, acknowledge: [5] },
    ]);
  });

  it("leaves what it is told to leave, and prints texts or envelopes", async () => {
    const raw = await superos(["ipc", "recv", "jobs", "--raw", "--leave"], { replies: answers([delivery(4, "a b")]) });
    expect([raw.stdout, raw.asked]).toMatchObject(["a b\n", [{}]]);
    const whole = await superos(["ipc", "recv", "jobs", "--envelope"], { replies: answers([delivery(4, 1)]) });
    expect(JSON.parse(whole.stdout)).toEqual(delivery(4, 1));
    expect((await superos(["ipc", "recv", "jobs", "--raw", "--envelope"])).code).toBe(2);
  });

  it("exits 1 when nothing came", async () => {
    expect(await superos(["ipc", "recv", "jobs"], { replies: answers() })).toMatchObject({ code: 1, stdout: "" });
  });

  it("says so when what it acknowledges may be done twice", async () => {
    const replies = {
      "POST /queues/jobs/receive": (body: unknown) =>
        JSON.stringify(body).includes("[4]")
          ? { deliveries: [], late: [4] }
          : { deliveries: [delivery(4, 1)], late: [] },
    };
    expect((await superos(["ipc", "recv", "jobs"], { replies })).stderr).toContain("1 message took too long");
  });
});

describe("superos ipc dead", () => {
  it("lists what was given up, and why", async () => {
    const letter = { message: { n: 1 }, from: 12, sentAt: 1, deliveries: 5, at: 2, reason: "nobody acknowledged it" };
    const ran = await superos(["ipc", "dead", "jobs"], { replies: { "GET /queues/jobs/dead": { letters: [letter] } } });
    expect(ran.stdout).toContain('12           5  nobody acknowledged it  {"n":1}\n');
  });
});

describe("superos ipc publish", () => {
  it("says how many heard it", async () => {
    const replies = { "POST /topics/build.done/events": { heard: 2 } };
    const ran = await superos(["ipc", "publish", "build.done", "true"], { replies });
    expect([ran.stdout, ran.asked[0]?.body]).toEqual(["Heard by 2 subscribers.\n", { data: true }]);
  });
});

describe("superos ipc subscribe", () => {
  it("prints each event on a line of its own, and what it missed on stderr", async () => {
    const event = { topic: "build.done", at: 1, from: 12, data: { ok: true }, missed: 3 };
    const replies = { "GET /events?topics=build.done%2Ckernel.process": `${JSON.stringify(event)}\n` };
    const ran = await superos(["ipc", "subscribe", "build.done", "kernel.process", "-n", "1"], { replies });
    expect([ran.code, JSON.parse(ran.stdout)]).toEqual([0, event]);
    expect(ran.stderr).toBe("superos: 3 events were missed\n");
  });
});

describe("superos ipc shm", () => {
  it("lists segments, makes one of a size, and frees it", async () => {
    const replies = {
      ...projects,
      "GET /segments": { segments: [segment] },
      [`POST /segments?project=${project}`]: segment,
      "DELETE /segments/frame": null,
    };
    expect((await superos(["ipc", "shm", "ls"], { replies })).stdout).toMatch(/frame +site +1\.0 MiB +7 .* 12 +-\n/);
    const made = await superos(["ipc", "shm", "create", "frame", "1Mi", "--project", "site"], { replies });
    expect([made.stdout, made.asked.at(-1)?.body]).toEqual([
      "/run/superos/shm/frame\n",
      { name: "frame", bytes: 1 << 20 },
    ]);
    expect((await superos(["ipc", "shm", "rm", "frame"], { replies })).code).toBe(0);
  });
});
