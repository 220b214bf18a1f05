export const help = `bkend-storage: file storage for your app

Usage:
  bkend-storage serve [--only ROLE]     run the service, or one role of it:
                                        database, objects, api, images, jobs
  bkend-storage keys create --type publishable|secret [--name NAME] [--project PROJECT]
                            [--env dev|staging|prod] [--scopes SCOPES] [--expires-in 30d] [--json]
  bkend-storage keys list [--json]
  bkend-storage keys revoke ID [--json]
  bkend-storage token --user NAME [--role admin] [--expires-in 1h] [--json]
  bkend-storage jobs run NAME [--repair] [--json]
  bkend-storage store keys create [--bucket BUCKET] [--read-only] [--json]
  bkend-storage store keys list [--json]
  bkend-storage store keys revoke ID [--json]
  bkend-storage store verify [--repair] [--json]
                                        look after the embedded object store
  bkend-storage --help | --version

Your files:
  bkend-storage login [--url URL] [--key KEY] [--token TOKEN]
  bkend-storage put FILE... [--recursive] [--visibility V] [--category C] [--tag T] [--concurrency N]
                            [--include GLOB] [--exclude GLOB] [--dry-run] [--json]
  bkend-storage get ID|KEY... [-o FILE|FOLDER|-] [--json]
  bkend-storage ls [--long] [--sort FIELD] [--reverse] [--mime TYPE] [--search TEXT] [--all] [--json]
  bkend-storage stat ID|KEY [--json]
  bkend-storage rm ID|KEY... [--yes] [--json]
  bkend-storage mv ID|KEY NAME [--json]
  bkend-storage share ID|KEY USER... [--json]
  bkend-storage url ID|KEY [--expires-in 1h] [--inline] [--json]
  bkend-storage image-url ID|KEY [--width N] [--height N] [--fit inside|cover|smart] [--quality N]
                            [--format avif|webp|jpeg|png|gif] [--json]
  bkend-storage sync FOLDER [--delete] [--dry-run] [--json]
  bkend-storage usage [--tenant] [--json]
  bkend-storage doctor
  BKEND_API_URL, BKEND_API_KEY and BKEND_ACCESS_TOKEN win over what login stored.

Settings are environment variables, every one with a default:
  BKEND_DATA_DIR                              ./data
  BKEND_HOST, BKEND_API_PORT, BKEND_OBJECTS_PORT, BKEND_IMAGES_PORT, BKEND_JOBS_PORT
                                              127.0.0.1, 4500, 4501, 4502, any free one
  BKEND_API_URL, BKEND_OBJECTS_URL, BKEND_IMAGES_URL
                                              what clients see, when behind a proxy
  DATABASE_URL                                an embedded PostgreSQL
  S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_FORCE_PATH_STYLE
                                              an embedded object store
  JWT_SECRET or JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE
                                              a secret kept in the data directory
  BKEND_CORS_ORIGINS, BKEND_RATE_LIMIT, LOG_LEVEL
                                              *, 6000 a minute, info

Exit codes: 0 done, 1 (some) failed, 2 wrong usage or settings, 130 interrupted.`;
