// The line to the server: session, WebSocket, resuming without gap or double.

import { Outbox } from "./outbox.js";
import { lasting } from "./storage.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const CROWDED_PAUSE = 30_000;
const PING_EVERY = 25_000;
const SILENCE = 12_000; // no frame this long after a ping: the line is dead
const ACK_AFTER = 120;
const UNAUTHORISED = 4401;
const NOT_FOUND = 4404;
const CROWDED = 4429;

/**
 * Events (`detail`): session (answer of /chat/sessions), reset, message, holder, typing,
 * state (connecting | online | offline | reconnecting | expired | crowded), delivery, refused.
 */
export class Connection extends EventTarget {
  constructor(origin, bankToken = "") {
    super();
    this.origin = origin;
    this.bankToken = bankToken;
    this.token = null;
    this.conversation = null;
    this.seq = 0;
    this.outbox = new Outbox((frame) => this.#send(frame), (detail) => this.#tell("delivery", detail));
    this.#watch();
  }

  #socket = null;
  #pauses = 0;
  #retry = null;
  #ackTimer = null;
  #pingTimer = null;
  #silenceTimer = null;
  #opening = false;

  /** Whether this browser has talked before, so that a closed widget should listen for answers. */
  static remembered(origin) {
    return lasting.get(`token:${origin}`) !== null;
  }

  /** Open the session, then the socket; goes on trying. */
  async start() {
    if (this.#opening || this.#socket) return;
    this.#opening = true;
    clearTimeout(this.#retry);
    try {
      if (!this.token) await this.#openSession();
      this.#openSocket();
    } catch (error) {
      if (error.final) this.#state("expired");
      else this.#later();
    } finally {
      this.#opening = false;
    }
  }

  /** Send a text; returns the local message with its id. */
  say(text) {
    return this.outbox.add(text);
  }

  /** Headers that say who the customer is. */
  get authorization() {
    return { Authorization: `Bearer ${this.token}` };
  }

  async #openSession() {
    const key = `token:${this.origin}`;
    const remembered = this.bankToken ? null : lasting.get(key);
    const body = this.bankToken ? { bank_token: this.bankToken } : remembered ? { token: remembered } : {};
    const response = await fetch(`${this.origin}/chat/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.status === 401 && remembered) {
      lasting.set(key, null);
      return this.#openSession();
    }
    if (response.status === 401) throw Object.assign(new Error("unauthorised"), { final: true });
    if (!response.ok) throw new Error(`session: ${response.status}`);
    const session = await response.json();
    this.token = session.token;
    // A customer whom the bank's page has signed in is not remembered beyond that page.
    if (!this.bankToken) lasting.set(key, session.token);
    this.#adopt(session);
  }

  #adopt(session) {
    if (this.conversation !== session.conversation) {
      if (this.conversation) this.#tell("reset");
      this.conversation = session.conversation;
      this.seq = 0;
      this.#tell("session", session);
      for (const message of session.messages) this.#take(message);
      this.#tell("holder", session);
      this.outbox.load(session.conversation);
    }
  }

  #openSocket() {
    const socket = new WebSocket(`${this.origin.replace(/^http/, "ws")}/chat/ws`);
    this.#socket = socket;
    socket.onopen = () => {
      const { token, conversation, seq } = this;
      socket.send(JSON.stringify({ type: "hello", token, conversation, after: seq }));
    };
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  #receive(frame) {
    clearTimeout(this.#silenceTimer);
    if (frame.type === "message") this.#take(frame, true);
    else if (frame.type === "accepted") this.outbox.accepted(frame);
    else if (frame.type === "holder") this.#greeted(frame);
    else if (frame.type === "typing") this.#tell("typing", frame);
    else if (frame.type === "error" && frame.id) this.outbox.refused(frame);
    else if (frame.type === "error") this.#tell("refused", frame);
  }

  #greeted(frame) {
    // The first frame after hello is the holder: now the line stands.
    if (!this.#pingTimer) {
      this.#pauses = 0;
      this.#state("online");
      this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY);
      this.outbox.online(true);
    }
    this.#tell("holder", frame);
  }

  #take(message, acknowledge = false) {
    if (message.seq <= this.seq) return;
    this.seq = message.seq;
    if (message.from === "customer") this.outbox.settle(message.id);
    this.#tell("message", { ...message, history: !acknowledge });
    if (acknowledge && message.from !== "customer") {
      this.#ackTimer ??= setTimeout(() => {
        this.#ackTimer = null;
        this.#send({ type: "ack", seq: this.seq });
      }, ACK_AFTER);
    }
  }

  #ping() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#drop(), SILENCE);
    this.#send({ type: "ping" });
  }

  #send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    // A dead line may take minutes to close: do not wait for it.
    this.#closed(socket, 1006);
    socket.close();
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearInterval(this.#pingTimer);
    clearTimeout(this.#silenceTimer);
    this.#pingTimer = null;
    this.outbox.online(false);
    if (code === UNAUTHORISED || code === NOT_FOUND) this.token = null;
    if (code === CROWDED) this.#state("crowded");
    this.#later(code === CROWDED ? CROWDED_PAUSE : 0);
  }

  #later(least = 0) {
    if (!least) this.#state(navigator.onLine ? "reconnecting" : "offline");
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#pauses, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
    this.#pauses += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), Math.max(pause, least));
  }

  #watch() {
    window.addEventListener("online", () => {
      this.#pauses = 0;
      if (this.conversation) this.start();
    });
    window.addEventListener("offline", () => this.#drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible" || !this.conversation) return;
      if (this.#socket) this.#ping();
      else this.start();
    });
  }

  #state(state) {
    this.#tell("state", state);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
