// One connection of a client: its requests that are not answered yet, in the order of their answers, and when it is read no
// further.

import { type Socket } from 'node:net';

import { type Holder, type PendingRequest } from './capacity.js';
import { type ConnectionPermit } from './connectionPermits.js';

/** How many unanswered requests stop the reading of a connection. */
const pausedAt = 16;

/** How many requests after the last one are ignored. The parser holds each of them, so more cut the connection. */
const maxIgnored = 32;

export class ClientConnection implements Holder {
  readonly ip: string;
  /** The connection takes no further request. */
  isLast = false;
  /** How many requests have begun on it. */
  begun = 0;
  /** Node's parser has left the connection, because the client offered another protocol. */
  isDetached = false;
  readonly #socket: Socket;
  readonly #permit: ConnectionPermit;
  /** In the order of their arrival, which is the order of their answers. */
  readonly #pending: PendingRequest[] = [];
  #ignored = 0;
  #isPaused = false;

  constructor(socket: Socket, ip: string, permit: ConnectionPermit) {
    this.#socket = socket;
    this.ip = ip;
    this.#permit = permit;
    this.#staysPaused();
    socket.once('close', () => {
      permit.leave();
      for (const pending of this.#pending.splice(0)) pending.gone();
    });
  }

  /** How many requests are not answered yet. */
  get unanswered(): number {
    return this.#pending.length;
  }

  /** Returns the newest request that is not answered yet; null when there is none. */
  newest(): PendingRequest | null {
    return this.#pending.at(-1) ?? null;
  }

  /** Returns the request whose answer is being sent; null when there is none. */
  head(): PendingRequest | null {
    const [first] = this.#pending;
    return first?.isAnswered === true ? first : null;
  }

  cut(): void {
    this.#socket.destroy();
  }

  /** Adds a request, until its answer has been sent or its connection has ended. */
  add(request: PendingRequest): void {
    this.#pending.push(request);
    this.begun += 1;
    this.#permit.busy();
    if (this.#pending.length >= pausedAt) {
      this.#isPaused = true;
      this.#socket.pause();
    }
    request.response.on('close', () => {
      this.#remove(request);
      request.gone();
      if (this.isLast || this.isDetached) return;
      if (this.#pending.length < pausedAt) this.#resume();
      if (this.#pending.length === 0) this.#permit.idle();
    });
  }

  /** Ignores a request after the last one. */
  ignore(): void {
    this.#ignored += 1;
    if (this.#ignored > maxIgnored) this.cut();
  }

  /** Has accepted requests answered, and then ends the connection: a client sends the rest again on another. */
  takeNoMore(): void {
    this.isLast = true;
    this.newest()?.response.once('finish', () => {
      this.#socket.destroySoon();
    });
  }

  /** Detaches Node's parser, and acts at once or when all earlier answers have been sent: they go out in order. */
  detach(act: () => void): void {
    this.isDetached = true;
    this.#permit.busy();
    const go = () => {
      if (!this.#socket.writable) return;
      act();
      this.#resume();
    };
    const waited = this.newest();
    if (waited === null) go();
    else waited.response.once('close', go);
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Node resumes a connection at the end of each request, also where more of it is not wanted. */
  #staysPaused(): void {
    const socket = this.#socket;
    const resumeByNode = socket.resume.bind(socket);
    const pauseAgain = () => {
      if (this.#isPaused && this.newest()?.request.complete === true) socket.pause();
    };
    socket.resume = () => {
      if (this.#isPaused) setImmediate(pauseAgain);
      return resumeByNode();
    };
  }

  /** Most often the request is the first one. */
  #remove(request: PendingRequest): void {
    const at = this.#pending.indexOf(request);
    if (at === 0) this.#pending.shift();
    else if (at > 0) this.#pending.splice(at, 1);
  }
}
