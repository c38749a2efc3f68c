// Empties the outbox: claims mails that are due, makes messages of them and hands them on. It knows nothing of accounts.
// Several nodes may work at once; a mail may arrive twice when a node is killed, and is never lost.

import { type Clock } from '../common/clock.js';
import { type Log } from '../observability/log.js';
import { traced } from '../observability/tracing.js';
import { MailRefused, type Message, smtpFault, type Transport } from './message.js';

export interface QueuedMail {
  readonly id: string;
  readonly template: string;
  /** The data that the mail is made from when it is sent. Another release may have written it. */
  readonly payload: unknown;
  readonly createdAt: Date;
  /** How many attempts have failed. */
  readonly attempts: number;
}

/** Mails that wait, and when each is due. Every part rejects when it cannot be done now. */
export interface Outbox {
  /**
   * Gives mails that are due, the longest due first, or due later than `latest`, and has them due again at `until`: until
   * then they are ours.
   */
  claim(most: number, now: Date, until: Date, latest: Date): Promise<readonly QueuedMail[]>;
  /** Renews claims, or lets go of them with a time that has come. */
  moveDue(ids: readonly string[], dueAt: Date): Promise<void>;
  /** Notes a failed attempt, and when the next one is due. */
  postpone(id: string, dueAt: Date): Promise<void>;
  /** Takes a mail out that has been handed on, or never will be. */
  remove(id: string): Promise<void>;
}

/** Makes the message of a row; null when its recipient no longer exists. */
export type Compose = (mail: QueuedMail) => Promise<Message | null>;

export interface OutboxWorker {
  /** Begins to empty the outbox, and goes on until it is stopped. */
  start(compose: Compose): void;
  /** Makes the worker look into the outbox soon. Call it after a commit that has queued a mail; it returns at once. */
  wake(): void;
  /** Gives mails that are on their way a moment, and lets go of the others for another node; within 3 s. */
  stop(): Promise<void>;
}

export interface OutboxWorkerOptions {
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  /** How long one attempt to hand a mail on may take in all, in milliseconds. */
  readonly deadlineMs?: number;
}

/** Mails on their way at a time, so that one that hangs does not hold up the next. */
const maxAtOnce = 8;

/** How often the worker looks into the outbox by itself, in milliseconds. */
const pollMs = 3_000;

/**
 * The longest until the worker looks into the outbox after `wake`. The moment is random, so that the load of making a mail
 * does not show to the client that asked for it.
 */
const maxWakeMs = 1_000;

/** How long a claim holds that is not renewed: a mail of a killed node is sent by another after this. */
const claimMs = 20_000;
const renewMs = 5_000;

/** A failed mail is tried again after 1, 2, 4, ... seconds, at most this. */
const maxPauseMs = 300_000;

/** No mail is due later than this: the database's clock was set back, or another server with another clock took over. */
const latestMs = maxPauseMs + claimMs;

/** A mail that could not be sent for three days is given up, and the log says so. */
const maxWaitMs = 3 * 86_400_000;

/** How long a stopping node waits for mails that are on their way, in milliseconds. */
const graceMs = 2_000;

/** A server that goes on saying a little holds a mail, and the place of others, no longer than this. */
const defaultDeadlineMs = 120_000;

export function createOutboxWorker(options: OutboxWorkerOptions): OutboxWorker {
  const { outbox, transport, clock, log, deadlineMs = defaultDeadlineMs } = options;
  const onTheirWay = new Map<string, Promise<void>>();
  const givingUp = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let compose: Compose | null = null;
  let isWoken: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let stopped = false;

  const inMs = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);

  /** One look at a time; never rejects. */
  const lookNow = () => {
    if (stopped || compose === null) return;
    if (looking !== null) {
      lookAgain = true;
      return;
    }
    lookAgain = false;
    const make = compose;
    looking = quietly(() => look(make)).finally(() => {
      looking = null;
      if (lookAgain) lookNow();
    });
  };

  const look = async (make: Compose) => {
    const free = maxAtOnce - onTheirWay.size;
    if (free === 0) return;
    const claimed = await outbox.claim(free, clock.now(), inMs(claimMs), inMs(latestMs));
    const moreAreDue = claimed.length === free;
    for (const mail of claimed) {
      const delivery = deliver(mail, make).then(() => {
        onTheirWay.delete(mail.id);
        if (moreAreDue) lookNow();
      });
      onTheirWay.set(mail.id, delivery);
    }
  };

  const deliver = async (mail: QueuedMail, make: Compose) => {
    try {
      const message = await make(mail);
      if (message !== null)
        await traced('mail.send', () =>
          withinDeadline(deadlineMs, givingUp.signal, (signal) => transport.send(mail.id, message, signal)),
        );
      await quietly(() => outbox.remove(mail.id));
    } catch (error) {
      await quietly(() => failed(mail, error));
    }
  };

  const failed = async (mail: QueuedMail, error: unknown) => {
    if (givingUp.signal.aborted) return outbox.moveDue([mail.id], clock.now());
    // Never an email, nor the server's words, which may repeat one.
    const line = {
      mailId: mail.id,
      template: mail.template,
      attempts: mail.attempts + 1,
      ...smtpFault(error),
    };
    if (error instanceof MailRefused) {
      log.warn(line, 'a mail was refused for good and is dropped');
      return outbox.remove(mail.id);
    }
    if (clock.now().getTime() - mail.createdAt.getTime() > maxWaitMs) {
      log.error(line, 'a mail could not be sent for three days and is dropped');
      return outbox.remove(mail.id);
    }
    log.warn(line, 'a mail could not be sent yet');
    return outbox.postpone(mail.id, inMs(pauseMsAfter(mail.attempts)));
  };

  const renew = () => quietly(() => outbox.moveDue([...onTheirWay.keys()], inMs(claimMs)));

  /** No request waits for this work; the requests that need the database report its outage. */
  const quietly = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (err) {
      log.debug({ err }, 'the outbox could not be worked on');
    }
  };

  return {
    start(composeMail) {
      compose = composeMail;
      timers.push(setInterval(lookNow, pollMs).unref(), setInterval(() => void renew(), renewMs).unref());
      lookNow();
    },

    wake() {
      if (compose === null || isWoken !== null || stopped) return;
      isWoken = setTimeout(() => {
        isWoken = null;
        lookNow();
      }, Math.random() * maxWakeMs).unref();
    },

    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      clearTimeout(isWoken ?? undefined);
      await looking;
      const delivered = Promise.all(onTheirWay.values());
      const grace = setTimeout(() => {
        givingUp.abort();
      }, graceMs).unref();
      await delivered;
      clearTimeout(grace);
      transport.close();
    },
  };
}

/**
 * Runs an attempt with a signal that comes at the deadline, or when the node gives up. AbortSignal.any would keep each signal for
 * good on Node 20.
 */
async function withinDeadline(
  deadlineMs: number,
  givenUp: AbortSignal,
  send: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  // Making the mail may have taken until then, and the event does not come again.
  givenUp.throwIfAborted();
  const attempt = new AbortController();
  const giveUp = () => {
    attempt.abort();
  };
  const timer = setTimeout(giveUp, deadlineMs).unref();
  givenUp.addEventListener('abort', giveUp);
  try {
    await send(attempt.signal);
  } finally {
    clearTimeout(timer);
    givenUp.removeEventListener('abort', giveUp);
  }
}

/** Returns the pause after a failed attempt. Half of it is random, so that many mails do not come back at one moment. */
function pauseMsAfter(earlierAttempts: number): number {
  return Math.min(maxPauseMs, 1_000 * 2 ** earlierAttempts) * (0.5 + Math.random() / 2);
}
