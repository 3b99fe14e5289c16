import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findSecrets } from "./check-logs.mjs";

const secret = randomBytes(32).toString("base64url");
const key = `rvk_01jd3v8k2m0123456789abcdef_0123456789ABCDEFGHIJKLMNOPQRSTUV1jqjq2`;

test("a log that holds ids, prefixes and hashes of ids is in order", () => {
  const lines = ["{ keyId: 'key_01jd3v8k2m0123456789abcdef' } used", `{ prefix: '${key.slice(0, 30)}' } made`, ""];
  expect(findSecrets(lines, [secret])).toEqual([]);
});

test.each([
  ["a whole secret", `{ token: '${secret}' } oops`],
  ["twenty characters of one", `{ token: '${secret.slice(11, 31)}' } oops`],
  ["a key", `{ key: '${key}' } oops`],
  ["eight characters of a key's secret", `${key.slice(0, 39)} oops`],
  ["a refresh token of another process", `rvf_${"A".repeat(43)}`],
  ["a signed token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.AAAAAAAAAAAA"],
  ["a hash of a password", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"],
  ["a password", "{ body: { password: 'correct horse battery' } }"],
])("%s is found, and not shown", (_what, line) => {
  const found = findSecrets(["fine", line, line], [secret]);
  expect(found.length).toBeGreaterThan(0);
});

describe("the key of the demo account", () => {
  const shown = `  Demo API key       ${key}`;
  const curl = `  curl http://127.0.0.1:3000/api/v1/billing/usage -H 'X-Api-Key: ${key}'`;

  test("may stand where a local server shows it", () => {
    expect(findSecrets([shown, curl], [])).toEqual([]);
  });

  test.each([
    ["elsewhere", [shown, `{"msg":"  Demo API key       ${key}"}`]],
    ["of another account there", [shown, curl.replace("Key: rvk_01", "Key: rvk_02")]],
    ["in a command without having been shown", [curl]],
  ])("may not stand %s", (_where, lines) => {
    expect(findSecrets(lines, [])).toHaveLength(1);
  });
});

describe("a process that a test starts", () => {
  /** @returns what the check says of a process that runs `script` and is then killed, and what `reader` made of its output */
  function check(script, reader = "cat") {
    const folder = mkdtempSync(join(tmpdir(), "revops-check-logs-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const preload = new URL("./test-logs/process.mjs", import.meta.url).href;
    const source = `
      import { randomBytes } from "node:crypto";
      import { writeSync } from "node:fs";
      import { silentLogger } from ${JSON.stringify(new URL("../packages/core/src/logger.ts", import.meta.url).href)};
      const secret = randomBytes(32).toString("base64url");
      ${script}
      process.kill(process.pid, "SIGKILL");`;
    const environment = { ...process.env, REVOPS_TEST_LOGS: folder };
    const args = ["--import", preload, "--input-type=module", "--eval", source];
    const piped = ["-c", `"$0" "$@" | (${reader})`, process.execPath, ...args];
    const child = spawnSync("/bin/sh", piped, { env: environment, encoding: "utf8" });
    const checked = spawnSync(process.execPath, [join(import.meta.dirname, "check-logs.mjs"), folder], {
      encoding: "utf8",
    });
    return { printed: child.stdout + child.stderr, status: checked.status, said: checked.stdout + checked.stderr };
  }

  test("is in order while it keeps its secrets", () => {
    const { status, said } = check(`console.log("ready"); silentLogger.info({ n: 1 }, "ready");`);
    expect([status, said]).toEqual([0, "2 lines, 1 secrets, 0 found\n"]);
  });

  test("waits for a reader who is slower, as it would without being watched", () => {
    const { printed } = check(`for (let n = 0; n < 20; n++) writeSync(1, "x\\n".repeat(5_000));`, "sleep 0.3; wc -c");
    expect(Number.parseInt(printed, 10)).toBe(200_000);
  });

  test.each([
    ["console", 'console.log("oops", secret);'],
    ["standard error", 'process.stderr.write("oops " + secret);'],
    ["the descriptor, as a logger does", 'writeSync(1, "oops " + secret);'],
    ["an error that nobody caught", 'throw new Error("oops " + secret);'],
    ["a logger that says nothing by itself", 'silentLogger.warn({ secret }, "oops");'],
  ])("is found when a secret leaves it through %s", (way, script) => {
    const { status, said, printed } = check(script);
    expect([status, said]).toEqual([1, expect.stringContaining("part of a secret that was made in a test")]);
    // What it prints arrives as ever.
    expect(printed.includes("oops")).toBe(!way.startsWith("a logger"));
  });
});
