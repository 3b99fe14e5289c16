/** The thread behind `writer.ts`: a connection of its own, on which it runs what it is sent. */
import { parentPort, workerData } from "node:worker_threads";
import type { WriteStep } from "../database.ts";
import { whenNotBusyBlocking } from "./busy.ts";
import { openConnection } from "./connection.ts";
import { createStatements, execute } from "./statements.ts";
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

function answer(request: readonly WriteStep[] | WriterStatement): WriterAnswer {
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

function write(steps: readonly WriteStep[]): unknown[][] | null {
  whenNotBusyBlocking(() => statements("begin immediate").run());
  const rows: unknown[][] = [];
  for (const { sql, runs } of steps) {
    const ofStep = rowsOf(sql, runs);
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
function rowsOf(sql: string, runs: WriteStep["runs"]): unknown[] | null {
  const statement = statements(sql, "arrays");
  const rows: unknown[] = [];
  for (const parameters of runs) {
    if (statement.reader) {
      const row = statement.get(...parameters);
      if (row === undefined) return null;
      rows.push(row);
    } else if (statement.run(...parameters).changes === 0) return null;
  }
  return rows;
}
