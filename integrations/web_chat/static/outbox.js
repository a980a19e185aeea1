// Texts that the server has not confirmed yet. A text keeps its id, however often it is sent.

import { fleeting, newId } from "./storage.js";

const CONFIRM_WITHIN = 10_000;
const FINAL = new Set(["message_too_long", "empty_message"]);

/** States of a message: sending → sent | failed (may be sent again) | refused. */
export class Outbox {
  #messages = new Map();
  #timers = new Map();
  #conversation = null;
  #send;
  #tell;
  #online = false;

  constructor(send, tell) {
    this.#send = send;
    this.#tell = tell;
  }

  /** What a reload of the page interrupted; it is sent again with the same ids. */
  load(conversation) {
    this.#conversation = conversation;
    const saved = JSON.parse(fleeting.get(`outbox:${conversation}`) ?? "[]");
    for (const { id, text } of saved) this.#put({ id, text, state: "sending", restored: true });
  }

  /** A new text of the customer. */
  add(text) {
    const message = { id: newId(), text, state: "sending" };
    this.#put(message);
    return message;
  }

  /** The customer asks to send a failed text again. */
  again(id) {
    const message = this.#messages.get(id);
    if (message) this.#put(message);
  }

  /** The line stands (all waiting texts go out) or is gone. */
  online(is) {
    this.#online = is;
    if (!is) return;
    for (const message of this.#messages.values()) {
      if (message.state === "sending") this.#dispatch(message);
    }
  }

  /** The server has stored it. */
  accepted({ id, seq }) {
    if (!this.settle(id)) return;
    this.#tell({ id, seq, state: "sent" });
  }

  /** The server does not take it, for now or at all. */
  refused({ id, code, message }) {
    const known = this.#messages.get(id);
    if (!known) return;
    if (FINAL.has(code)) this.settle(id);
    this.#change(known, FINAL.has(code) ? "refused" : "failed", message);
  }

  /** Forget a text that is known to be stored; false where it was not here. */
  settle(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const known = this.#messages.delete(id);
    if (known) this.#save();
    return known;
  }

  #put(message) {
    this.#messages.set(message.id, message);
    this.#save();
    this.#change(message, "sending");
    this.#dispatch(message);
  }

  #dispatch({ id, text }) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#change(this.#messages.get(id), "failed"), CONFIRM_WITHIN));
    if (this.#online) this.#send({ type: "message", id, text });
  }

  #change(message, state, reason = "") {
    if (!message) return;
    clearTimeout(state === "sending" ? undefined : this.#timers.get(message.id));
    message.state = state;
    this.#tell({ id: message.id, text: message.text, state, reason });
  }

  #save() {
    if (!this.#conversation) return;
    const waiting = Array.from(this.#messages.values(), ({ id, text }) => ({ id, text }));
    fleeting.set(`outbox:${this.#conversation}`, waiting.length ? JSON.stringify(waiting) : null);
  }
}
