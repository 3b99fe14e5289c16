// `npm start`: from a fresh clone to a running server, with nothing but Node and npm on the machine.
import { join } from "node:path";
import { build } from "./build.mjs";
import { install } from "./install.mjs";
import { step } from "./progress.mjs";
import { endOnSignals } from "./run.mjs";
import { serve } from "./serve.mjs";
import { root } from "./stamp.mjs";
import { toolchain } from "./toolchain.mjs";

const APP = "@revops/server";
const MAIN = join(root, "apps", "server", "dist", "main.js");
const QUICK_IMPORTS = new URL("quick-imports.mjs", import.meta.url).href;

const keepSignals = endOnSignals();
try {
  const tools = await step(
    "toolchain",
    () => toolchain(console.log),
    ({ fetched }) => fetched && `${fetched} fetched`,
  );
  await step(
    "install",
    () => install(tools),
    (note) => note,
  );
  await step(
    "build",
    () => build(APP, tools),
    (note) => note,
  );
  keepSignals();
  process.exitCode = await serve(
    tools.node,
    ["--import", QUICK_IMPORTS, "--enable-source-maps", MAIN, ...process.argv.slice(2)],
    {
      cwd: root,
      env: tools.env,
    },
  );
} catch (error) {
  if (error.output) console.error(error.output.trim());
  console.error(`✗ ${error.message}`);
  process.exitCode = 1;
}
