// The log of the conversation: bubbles, cards, quick replies, what is still on its way.

import { card } from "./cards.js";
import { brandMark, el, icon, spoken } from "./dom.js";
import { linkified, markdown, moment, plain } from "./text.js";
import { WORDS } from "./words.js";

const NEW_TIME_AFTER = 5 * 60_000;
const NEAR_THE_END = 120; // pixels
const AGENT_TYPES = 5_000;
const BOT_WAITS = 60_000;

/** `actions`: say(text), resend(id), image(path) → Promise of an object URL. */
export class MessageLog {
  constructor(actions) {
    this.actions = actions;
    this.list = el("ol", { class: "qt-messages" });
    this.typingRow = el("div", { class: "qt-typing", role: "status", hidden: true });
    this.log = el(
      "div",
      { class: "qt-log", role: "log", "aria-live": "polite", "aria-label": WORDS.chat, tabIndex: 0 },
      this.list,
      this.typingRow,
    );
    this.jump = el(
      "button",
      { class: "qt-jump", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon("down"),
      WORDS.newMessages,
    );
    this.element = el("div", { class: "qt-log-frame" }, this.log, this.jump);
    this.log.addEventListener("scroll", () => this.jump.hidden ||= this.atEnd);
    this.items = [];
  }

  #typingTimer = null;

  /** Forget everything; say what this is, with a few things to begin with. */
  reset(bank) {
    this.items = [];
    this.typing(null);
    this.list.replaceChildren();
    const welcome = { seq: 0, from: "bot", at: null, buttons: WORDS.starters };
    this.#place(this.#add(welcome, plain(WORDS.welcome(bank))));
  }

  /** A message as the server stores it. */
  show(message) {
    const stay = this.atEnd;
    const local = this.items.find((item) => item.id === message.id && message.from === "customer");
    const at = new Date(message.at);
    if (local) this.#settle(local, message.seq);
    else this.#place(this.#add({ ...message, at }, this.#body(message)));
    if (message.from !== "customer" && this.#ends(message)) this.typing(null);
    if (stay || message.history || message.from === "customer") this.toEnd();
    else this.jump.hidden = false;
  }

  /** A message of the customer that is on its way: `nodes` are its bubble's content. */
  showLocal(id, nodes) {
    const item = this.#add({ id, seq: Infinity, from: "customer", at: new Date() }, nodes);
    item.state = el("div", { class: "qt-state" });
    item.node.append(item.state);
    this.#place(item);
    this.toEnd();
    return item;
  }

  /** What became of a message on its way: sending (with a word on progress) | sent | failed | refused. */
  delivery({ id, text, state, seq, reason }) {
    let item = this.items.find((one) => one.id === id);
    if (!item && state === "sending") item = this.showLocal(id, plain(text));
    if (!item?.state) return;
    item.node.dataset.state = state;
    if (state === "sent") return this.#settle(item, seq);
    const again = el("button", { type: "button", class: "qt-resend", textContent: WORDS.resend });
    again.addEventListener("click", () => this.actions.resend(id));
    const parts = { sending: [reason || WORDS.sending], failed: [reason ?? "", again], refused: [reason ?? ""] };
    item.state.replaceChildren(...parts[state].filter(Boolean));
    if (state !== "sending") this.toEnd();
  }

  /** Who is writing now: "bot", "agent" or null. */
  typing(who) {
    clearTimeout(this.#typingTimer);
    this.typingRow.hidden = !who;
    if (!who) return this.typingRow.replaceChildren();
    const stay = this.atEnd;
    const words = who === "agent" ? WORDS.typingAgent : WORDS.typingBot;
    const dots = el("span", { class: "qt-dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    this.typingRow.replaceChildren(dots, spoken(words));
    this.#typingTimer = setTimeout(() => this.typing(null), who === "agent" ? AGENT_TYPES : BOT_WAITS);
    if (stay) this.toEnd();
  }

  /** Whether the last message is in view. */
  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  /** Scroll to the last message. */
  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.jump.hidden = true;
  }

  #ends({ reply_to: answered }) {
    // An answer to an earlier message leaves the later one waiting.
    const last = Math.max(0, ...this.items.filter((i) => i.from === "customer" && i.seq < Infinity).map((i) => i.seq));
    return answered === null || answered >= last;
  }

  #settle(item, seq) {
    item.state?.remove();
    item.state = null;
    delete item.node.dataset.state;
    if (item.seq === seq) return;
    item.seq = seq;
    this.items = this.items.filter((one) => one !== item);
    this.#place(item);
  }

  #place(item) {
    const next = this.items.findIndex((other) => other.seq > item.seq);
    const place = next < 0 ? this.items.length : next;
    this.items.splice(place, 0, item);
    const after = this.items[place + 1]?.node ?? null;
    if (item.node.parentNode !== this.list || item.node.nextElementSibling !== after) {
      this.list.insertBefore(item.node, after);
    }
    this.#order();
  }

  #order() {
    // Times where a pause was, names where the speaker changes, quick replies only since the last question.
    const asked = this.items.findLastIndex((item) => item.from === "customer");
    let before = null;
    this.items.forEach((item, place) => {
      const pause = Boolean(item.at && (!before?.at || item.at - before.at > NEW_TIME_AFTER));
      item.time.hidden = !pause;
      item.node.classList.toggle("qt-first", before?.from !== item.from || before?.agent !== item.agent || pause);
      for (const buttons of item.node.querySelectorAll(".qt-quick, .qt-card-buttons")) buttons.hidden = place < asked;
      before = item;
    });
  }

  #add(message, nodes) {
    const { seq, from, at, agent } = message;
    const speaker = { customer: WORDS.customer, bot: WORDS.assistant, system: WORDS.service };
    const name = from === "agent" ? WORDS.agent(agent ?? "") : speaker[from];
    const time = el("time", { class: "qt-time", textContent: at ? moment(at) : "", hidden: true });
    if (at) time.dateTime = at.toISOString();
    const face = { bot: brandMark, agent: () => icon("person") }[from];
    const node = el(
      "li",
      { class: `qt-message qt-from-${from}`, "data-seq": Number.isFinite(seq) ? seq : "" },
      time,
      face ? el("span", { class: "qt-face" }, face()) : null,
      from === "bot" || from === "agent"
        ? el("span", { class: "qt-name", textContent: name })
        : spoken(`${name}：`),
      ...(nodes.length ? [this.#bubble(nodes, message)] : []),
    );
    const item = { id: message.id, seq, from, at, agent, time, node, state: null };
    if (message.card) node.append(card(message.card, (title, payload) => this.#button(title, payload)));
    if (message.buttons?.length) node.append(this.#quickReplies(message.buttons));
    return item;
  }

  #bubble(nodes, { article }) {
    const source = article?.title
      ? el("p", { class: "qt-source" }, icon("article"), WORDS.source(article.title))
      : null;
    return el("div", { class: "qt-bubble" }, ...nodes, source);
  }

  #body(message) {
    if (message.kind === "image" && message.image) return [this.#picture(message.image)];
    if (!message.text) return [];
    if (message.from === "bot") return markdown(message.text);
    return message.from === "system" ? [el("p", {}, ...linkified(message.text))] : plain(message.text);
  }

  #picture(path) {
    const image = el("img", { class: "qt-picture", alt: WORDS.imageAlt });
    const link = el("a", { target: "_blank", rel: "noopener" }, image);
    this.actions.image(path).then(
      (url) => {
        const stay = this.atEnd;
        image.addEventListener("load", () => stay && this.toEnd());
        image.src = link.href = url;
      },
      () => link.replaceWith(WORDS.imageFailed),
    );
    return link;
  }

  #quickReplies(buttons) {
    return el(
      "div",
      { class: "qt-quick", role: "group", "aria-label": WORDS.quickReplies },
      ...buttons.map(({ title, payload }) => this.#button(title, payload)),
    );
  }

  #button(title, payload) {
    return el("button", {
      type: "button",
      class: "qt-reply",
      textContent: title,
      onclick: () => this.actions.say(payload || title),
    });
  }
}
