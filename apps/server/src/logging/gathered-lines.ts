/** Lines are written together: a call of the system for each costs as much as making it. */
import { type DestinationStream, pino } from "pino";

/** Characters; so much is written at once. */
const full = 16_384;
/** What a process that is killed may lose of the lines before. One that ends otherwise loses none. */
const patienceMs = 50;
/** The levels of pino that somebody may be waiting for to see why. */
const urgent = /^\{"level":[56]0,/;

/** @param fileDescriptor of standard output, unless given */
export function gatheredLines(fileDescriptor = 1): DestinationStream {
  const file = pino.destination({ dest: fileDescriptor, sync: true });
  let lines = "";
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (lines !== "") file.write(lines);
    lines = "";
  }

  process.on("exit", flush);
  return {
    write(line) {
      lines += line;
      if (lines.length >= full || urgent.test(line)) flush();
      else timer ??= setTimeout(flush, patienceMs).unref();
    },
  };
}
