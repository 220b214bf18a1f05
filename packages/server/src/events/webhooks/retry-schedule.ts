const second = 1_000;
const hour = 3_600 * second;
/** From the first attempt to the last one. */
export const deliveryLifeMs = 72 * hour;
/** Without a success in this time, a webhook is disabled. */
export const disabledAfterMs = 5 * 24 * hour;

/**
 * The instant of the next attempt: after 5 s, three times as long with every failure, at most 6 hours, each pause a fifth longer or
 * shorter by chance; the last attempt is 3 days after the first.
 * @param attempts failures so far, this one included
 * @param random from 0 up to 1
 * @returns undefined when that was the last
 */
export function nextDeliveryAt(
  {
    attempts,
    firstAttemptAt,
    now,
  }: { readonly attempts: number; readonly firstAttemptAt: Date; readonly now: Date },
  random: () => number,
): Date | undefined {
  const end = firstAttemptAt.getTime() + deliveryLifeMs;
  if (now.getTime() >= end) return undefined;
  const pause = Math.min(5 * second * 3 ** (attempts - 1), 6 * hour) * (0.8 + 0.4 * random());
  return new Date(Math.min(now.getTime() + pause, end));
}
