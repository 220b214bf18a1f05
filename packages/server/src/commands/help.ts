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
  bkend-storage --help | --version

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

Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`;
