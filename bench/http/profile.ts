/** Loaded before a server: on SIGUSR2 it begins to note where the processor's time goes, and writes that when it ends. */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";

const session = new Session();
session.connect();
session.post("Profiler.enable");
process.once("SIGUSR2", () => {
  session.post("Profiler.start");
  process.once("exit", () => {
    session.post("Profiler.stop", (_error, { profile }) => {
      const path = join(process.env["PROFILE_FOLDER"] ?? ".", `${process.pid}.cpuprofile`);
      writeFileSync(path, JSON.stringify(profile));
    });
  });
});
