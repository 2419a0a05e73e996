import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { processViewSchema, type ProcessView } from "../../kernel/abi/index.ts";
import { checkout, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { accepted } from "../system/caller.ts";
import { PseudoTerminal } from "./pseudo-terminal.ts";

/** `superos run -t` and `superos attach` in a terminal of this machine, with a person's keys and windows. */

let instance: Instance;
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(() => instance.remove());

const terminals: PseudoTerminal[] = [];
afterEach(async () => {
  await Promise.all(terminals.splice(0).map((each) => each.remove()));
});

async function superos(...args: string[]): Promise<PseudoTerminal> {
  const argv = [process.execPath, join(checkout, "ui", "cli", "superos.mjs"), ...args];
  const env = { SUPEROS_HOME: instance.home, NO_COLOR: "1" };
  const terminal = await PseudoTerminal.run(argv, { rows: 33, columns: 99, env });
  terminals.push(terminal);
  return terminal;
}

const bash = ["--", "bash", "--norc"];
const inspect = (pid: number): Promise<ProcessView> =>
  accepted(processViewSchema, instance.api(`/api/v1/processes/${pid}`));

/** The pid of the newest process. */
async function newest(): Promise<number> {
  const { code, stdout } = await instance.cli(["ps", "--json"]);
  expect(code).toBe(0);
  const pids = [...stdout.toString().matchAll(/"pid": (\d+)/g)].map(([, pid]) => Number(pid));
  return Math.max(...pids);
}

describe("superos run -t", () => {
  test("gives the program a terminal of this one's size, every key, and its exit code", async () => {
    const terminal = await superos("run", "-it", ...bash);
    await terminal.shows("bash-5.2$ ");
    expect(terminal.raw).toBe(true);
    terminal.type("stty size; tty; echo $TERM\r");
    await terminal.shows("33 99\r\n/dev/pts/0\r\nxterm-256color\r\n");
    terminal.type("sleep 600\r");
    await waitFor("sleep", () => terminal.shown.includes("sleep 600\r\n"));
    terminal.type("\x03");
    await terminal.shows("^C");
    terminal.type("echo $?; exit 7\r");
    expect(await terminal.ended()).toBe(7);
    expect(terminal.shown).toContain("130\r\n");
    expect(terminal.restored).toBe(true);
  });

  test("passes a change of this terminal's size on", async () => {
    const terminal = await superos(
      "run",
      "-t",
      "--",
      "bash",
      "-c",
      "trap 'stty size' WINCH; trap 'exit 9' QUIT; echo on; while :; do sleep 0.1; done",
    );
    await terminal.shows("on\r\n");
    terminal.resize(50, 132);
    await terminal.shows("50 132\r\n");
    expect((await inspect(await newest())).tty).toEqual({ rows: 50, columns: 132 });
    terminal.type("\x1c");
    expect(await terminal.ended()).toBe(9);
    expect(terminal.restored).toBe(true);
  });

  test("keeps what TERM is set to", async () => {
    const terminal = await superos("run", "-t", "--env", "TERM=dumb", "--", "bash", "-c", "echo $TERM");
    await terminal.ended();
    expect(terminal.shown).toContain("dumb\r\n");
  });

  test("is left with ctrl-p ctrl-q, and attach comes back to it", async () => {
    const terminal = await superos("run", "-it", ...bash);
    await terminal.shows("bash-5.2$ ");
    terminal.type("echo before\r");
    await terminal.shows("\rbefore\r\n");
    const pid = await newest();
    terminal.type("\x10\x11");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.shown).toContain(`superos attach ${pid}`);
    expect(terminal.restored).toBe(true);
    expect((await inspect(pid)).state.phase).toBe("running");

    const again = await superos("attach", String(pid));
    await again.shows("bash-5.2$ ");
    const other = await superos("attach", String(pid), "--detach-keys", "ctrl-]");
    await other.shows("bash-5.2$ ");
    again.type("echo seen by both\r");
    for (const each of [again, other]) await each.shows("\rseen by both\r\n");
    other.type("\x1d");
    expect(await other.ended()).toBe(0);
    again.type("exit 5\r");
    expect(await again.ended()).toBe(5);
    expect(again.shown).not.toContain("before\r\n");
    for (const each of [again, other]) expect(each.restored).toBe(true);
  });

  test("whose window is closed hangs up; an attached one only leaves", async () => {
    const terminal = await superos("run", "-it", ...bash);
    await terminal.shows("bash-5.2$ ");
    const pid = await newest();
    const attached = await superos("attach", String(pid));
    await attached.shows("bash-5.2$ ");
    attached.hangUp();
    terminal.type("echo still here\r");
    await terminal.shows("\rstill here\r\n");
    terminal.hangUp();
    await waitFor("its end", async () => (await inspect(pid)).state.phase === "exited");
    expect((await inspect(pid)).state).toMatchObject({ outcome: { signal: "SIGHUP" } });
  });

  test("gives this terminal back when the program is killed while it has another screen", async () => {
    const terminal = await superos("run", "-it", "--", "bash", "-c", "printf '\\033[?1049h'; echo on; sleep 600");
    await terminal.shows("on\r\n");
    expect((await instance.cli(["kill", String(await newest())])).code).toBe(0);
    expect(await terminal.ended()).toBe(137);
    expect(terminal.shown).toContain("\x1b[?1047l");
    expect(terminal.restored).toBe(true);
  });

  test("is refused where there is no terminal to type at, and not where nobody types", async () => {
    for (const flags of [["-t"], ["-it"]]) {
      const { code, stderr } = await instance.cli(["run", ...flags, "--", "true"]);
      expect(code).toBe(2);
      expect(stderr).toContain("not a terminal");
    }
    const { code, stdout } = await instance.cli(["run", "-dt", ...bash]);
    expect(code).toBe(0);
    const pid = Number(stdout.toString());
    expect((await inspect(pid)).tty).toEqual({ rows: 24, columns: 80 });
    expect((await instance.cli(["attach", String(pid)])).code).toBe(2);
    const plain = await instance.cli(["run", "-d", "--", "sleep", "600"]);
    const refused = await instance.cli(["attach", plain.stdout.toString().trim()]);
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining("has no terminal") });
  });
});
