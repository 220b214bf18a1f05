import { type Kysely, sql } from 'kysely';

/**
 * Environments of before do not check content, whose apps may announce whatever type; those made from now on do, and `default/dev`
 * of a new database, which an earlier migration has made within this transaction.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update bkend.environments set settings = '{"uploads.checkContent": false}' || settings
    where created_at < now()::timestamptz(3)`.execute(db);
}
