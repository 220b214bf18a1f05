// Starts the embedded PostgreSQL in a process that a test can kill.
import { createLogger } from '../../dist/observability/logger.js';
import { startEmbeddedPostgres } from '../../dist/postgres/embedded/embedded-postgres.js';

const log = createLogger({ level: 'silent', role: 'test' });
const { url } = await startEmbeddedPostgres({ dataDir: process.argv[2], log });
process.send(url);
