/** Every setting there is; docs/settings.md says more. */
export const settingsHelp = `
Settings are environment variables, every one with a default:
  BKEND_DATA_DIR                              ./data
  BKEND_HOST, BKEND_API_PORT, BKEND_OBJECTS_PORT, BKEND_IMAGES_PORT, BKEND_JOBS_PORT
                                              127.0.0.1, 4500, 4501, 4502, none
  BKEND_API_URL, BKEND_OBJECTS_URL, BKEND_IMAGES_URL
                                              what clients see, when behind a proxy
  BKEND_OPERATIONS_HOST, BKEND_API_OPERATIONS_PORT, BKEND_OBJECTS_…, BKEND_IMAGES_…, BKEND_JOBS_OPERATIONS_PORT
                                              127.0.0.1, 4510, 4511, 4512, 4514: health and metrics
  BKEND_TRUSTED_PROXIES                       none
  DATABASE_URL                                an embedded PostgreSQL
  S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_FORCE_PATH_STYLE
                                              an embedded object store
  JWT_SECRET (and JWT_SECRET_PREVIOUS) or JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE
                                              a secret for each environment, from the data directory
  BKEND_CORS_ORIGINS, BKEND_RATE_LIMIT, LOG_LEVEL
                                              *, 6000 a minute, info`;
