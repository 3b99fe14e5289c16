export { type TestClock, testClock } from "./clock/clock.ts";
export {
  createTestDatabase,
  type Dialect,
  type TestDatabase,
  type TestDatabaseOptions,
} from "./databases/databases.ts";
export { dumpOf, tracesOf } from "./dumps/dumps.ts";
export { type CuttableLine, cuttableLine } from "./ports/cuttable-line.ts";
export { type PostgresServer, type PostgresServerOptions, startPostgres } from "./postgres/postgres.ts";
export { type Random, seededRandom } from "./random/random.ts";
export { type ReadmeExample, readmeExample } from "./readme/readme.ts";
export { type RedisServer, startRedis } from "./redis/redis.ts";
export { type ForgedTokens, type ForgedTokensOptions, forgedTokens } from "./tokens/forged-tokens.ts";
