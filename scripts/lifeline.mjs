// Loaded into the server by start.mjs (node --import). The channel to start.mjs closes when that process is gone, however
// it went; then nobody is left to end the server, so it ends as if it had been asked to.
const PATIENCE_MS = 3_000;

process.once("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE_MS).unref();
});
// Listening must not keep a server alive that has finished.
process.channel?.unref();
