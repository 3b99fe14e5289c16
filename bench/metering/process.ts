/** A script in a process of its own: takes its input as JSON, and prints its result so. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export async function runScript<Result>(script: URL, input: object): Promise<Result> {
  const child = spawn(process.execPath, ["--conditions=source", fileURLToPath(script), JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text: Buffer) => {
    printed += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${script.pathname} ended with ${code}.`);
  return JSON.parse(printed);
}
