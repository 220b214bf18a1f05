/**
 * Settings of the embedded server, for a small machine with other work: little memory, few processes, no parallel queries. None
 * weakens durability: fsync, full_page_writes and synchronous_commit stay on.
 */
export const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  password_encryption: 'scram-sha-256',

  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  random_page_cost: '1.1',
  huge_pages: 'off',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',

  wal_compression: 'on',
  max_wal_size: '1GB',

  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',

  // We read the log line by line. It has no statements and values, which may be users' data.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};
