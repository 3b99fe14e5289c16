/** The thread behind `writer.ts`: a connection of its own, on which it runs what it is sent. */
import { parentPort, workerData } from "node:worker_threads";
import { whenNotBusyBlocking } from "./busy.ts";
import { openConnection } from "./connection.ts";
import { createStatements, execute } from "./statements.ts";
import { type SentStep, valuesOf } from "./write-values.ts";
import { closing, type WriterAnswer, type WriterRequest, type WriterStatement } from "./writer-messages.ts";

const connection = openConnection(workerData);
const statements = createStatements(connection);

parentPort?.on("message", (request: WriterRequest) => {
  if (request === closing) {
    connection.close();
    parentPort?.close();
  } else {
    parentPort?.postMessage(answer(request));
  }
});
parentPort?.postMessage({ rows: [] } satisfies WriterAnswer);

function answer(request: readonly SentStep[] | WriterStatement): WriterAnswer {
  try {
    return "sql" in request ? { found: find(request) } : { rows: write(request) };
  } catch (error) {
    // Of a transaction that the process conducts, the end is the process's to say.
    if (!("sql" in request) && connection.inTransaction) statements("rollback").run();
    const { message } = error instanceof Error ? error : new Error(String(error));
    return { failed: { message, code: error instanceof Error && "code" in error ? String(error.code) : "" } };
  }
}

function find({ sql, parameters, shape }: WriterStatement): unknown[] {
  const run = () => execute(statements, sql, parameters, shape);
  // Only what begins a transaction may have to wait: in one, nobody else writes.
  return connection.inTransaction ? run() : whenNotBusyBlocking(run);
}

function write(steps: readonly SentStep[]): unknown[][] | null {
  whenNotBusyBlocking(() => statements("begin immediate").run());
  const rows: unknown[][][] = [];
  for (const step of steps) {
    const ofStep = rowsOf(step, rows);
    if (ofStep === null) {
      statements("rollback").run();
      return null;
    }
    rows.push(ofStep);
  }
  statements("commit").run();
  return rows;
}

/** Runs a statement so many times; null as soon as it changes nothing. */
function rowsOf({ sql, times, parameters }: SentStep, before: readonly unknown[][][]): unknown[][] | null {
  const statement = statements(sql, "arrays");
  const { reader: returns } = statement;
  const columns = parameters.map((parameter) => valuesOf(parameter, times, before));
  const rows: unknown[][] = [];
  for (let time = 0; time < times; time++) {
    const values = columns.map((column) => column[time]);
    if (returns) {
      // The shape that the statement was made for.
      const row = statement.get(...values) as unknown[] | undefined;
      if (row === undefined) return null;
      rows.push(row);
    } else if (statement.run(...values).changes === 0) return null;
  }
  return rows;
}
