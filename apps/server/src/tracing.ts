/** Traces are sent where OpenTelemetry's own variables say; without them the SDK is not even loaded. */

const switches = ["OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/**
 * Starts the SDK when one of its variables names an exporter or a collector:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @returns sends what is still to be sent, and ends it
 */
export async function startTracing(environment: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const wanted = switches.some((name) => environment[name] && environment[name] !== "none");
  if (!wanted) return async () => {};
  environment["OTEL_SERVICE_NAME"] ??= "revops";
  // Metrics are at `/metrics` and lines on standard output; sent too they would arrive twice.
  environment["OTEL_METRICS_EXPORTER"] ??= "none";
  environment["OTEL_LOGS_EXPORTER"] ??= "none";
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK();
  sdk.start();
  // A collector that is away must not make the end fail: the spans are lost, nothing else is.
  return () => sdk.shutdown().catch(() => undefined);
}
