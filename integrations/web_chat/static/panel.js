// The whole chat: head, log and composer, joined to a connection.

import { Composer } from "./composer.js";
import { brandMark, el, icon } from "./dom.js";
import { fetchImage, upload } from "./images.js";
import { MessageLog } from "./messages.js";
import { lasting, newId } from "./storage.js";
import { plain } from "./text.js";
import { WORDS } from "./words.js";

const LARGE = "large-text";
const REFUSED = new Set([413, 415, 422]);

/** `close`, where given, adds a button that calls it. */
export class ChatPanel {
  constructor(connection, { close = null } = {}) {
    this.connection = connection;
    this.uploadLimit = 5 * 1024 * 1024;
    this.log = new MessageLog({
      say: (text) => this.say(text),
      resend: (id) => this.#resend(id),
      image: (path) => fetchImage(connection, path),
    });
    this.composer = new Composer(
      { say: (text) => this.say(text), picture: (blob, url) => this.#picture(blob, url) },
      () => this.uploadLimit,
    );
    this.title = el("h2", { class: "qt-title", textContent: WORDS.launcher });
    this.status = el("p", { class: "qt-status", role: "status", textContent: WORDS.status.connecting });
    this.notice = el("p", { class: "qt-notice", role: "status", hidden: true });
    this.element = el(
      "div",
      { class: "qt" },
      this.#head(close),
      this.notice,
      this.log.element,
      this.composer.element,
    );
    this.large = lasting.get(LARGE) === "1";
    this.#listen();
    this.#followKeyboard();
  }

  #pictures = new Map();

  /** Send a text as the customer's. */
  say(text) {
    this.connection.say(text);
  }

  /** Larger letters; remembered. */
  set large(on) {
    this.element.toggleAttribute("data-large", on);
    this.largeButton.setAttribute("aria-pressed", String(on));
    this.largeButton.textContent = on ? WORDS.normalText : WORDS.largeText;
    lasting.set(LARGE, on ? "1" : null);
  }

  get large() {
    return this.element.hasAttribute("data-large");
  }

  #head(close) {
    this.personButton = el(
      "button",
      { type: "button", class: "qt-person", onclick: () => this.#askForPerson() },
      icon("person"),
      el("span", { textContent: WORDS.person }),
    );
    this.largeButton = el("button", {
      type: "button",
      class: "qt-large",
      onclick: () => {
        this.large = !this.large;
        this.log.toEnd();
      },
    });
    const closeButton = close
      ? el("button", { type: "button", class: "qt-close", "aria-label": WORDS.close, onclick: close }, icon("close"))
      : null;
    return el(
      "header",
      { class: "qt-head" },
      el("span", { class: "qt-brand" }, brandMark()),
      el("div", { class: "qt-who" }, this.title, this.status),
      this.largeButton,
      this.personButton,
      closeButton,
    );
  }

  #listen() {
    const on = (type, listener) => this.connection.addEventListener(type, ({ detail }) => listener(detail));
    on("session", (session) => {
      this.uploadLimit = session.upload_limit;
      this.title.textContent = WORDS.title(session.bank.name);
      this.log.reset(session.bank.name);
    });
    on("message", (message) => this.log.show(message));
    on("delivery", (detail) => this.log.delivery(detail));
    on("typing", ({ from }) => this.log.typing(from));
    on("holder", (holder) => this.#holder(holder));
    on("state", (state) => this.#state(state));
  }

  #holder({ holder, ahead, agent }) {
    const human = holder === "human";
    const words = WORDS.status[holder];
    this.status.textContent = typeof words === "function" ? words(human ? (agent ?? "") : ahead) : words;
    this.element.dataset.holder = holder;
    this.personButton.disabled = human;
    this.personButton.lastChild.textContent = human ? WORDS.personNow : WORDS.person;
    if (human) this.log.typing(null);
  }

  #state(state) {
    const notices = {
      offline: WORDS.notice.offline,
      reconnecting: WORDS.notice.reconnecting,
      expired: WORDS.notice.expired,
      crowded: WORDS.notice.crowded,
    };
    this.notice.hidden = !(state in notices);
    this.notice.textContent = notices[state] ?? "";
    this.element.dataset.state = state;
  }

  #askForPerson() {
    this.say(WORDS.personRequest);
    this.composer.focus();
  }

  #resend(id) {
    const picture = this.#pictures.get(id);
    if (picture) this.#upload(id, picture);
    else this.connection.outbox.again(id);
  }

  #picture(blob, url) {
    const id = newId();
    const image = el("img", { class: "qt-picture", src: url, alt: WORDS.imageAlt });
    image.addEventListener("load", () => this.log.toEnd());
    this.#pictures.set(id, blob);
    this.log.showLocal(id, [el("a", { href: url, target: "_blank", rel: "noopener" }, image)]);
    this.#upload(id, blob);
  }

  async #upload(id, blob) {
    const tell = (state, more = {}) => this.log.delivery({ id, state, ...more });
    tell("sending", { reason: WORDS.imageProgress(0) });
    try {
      const { seq } = await upload(this.connection, id, blob, (percent) =>
        tell("sending", { reason: WORDS.imageProgress(percent) }),
      );
      this.#pictures.delete(id);
      tell("sent", { seq });
    } catch (error) {
      tell(REFUSED.has(error.status) ? "refused" : "failed", { reason: error.message });
    }
  }

  #followKeyboard() {
    // On phones the keyboard covers the page instead of shrinking it: keep the composer above it.
    const view = window.visualViewport;
    if (!view) return;
    const fit = () => {
      const covered = window.innerHeight - view.height;
      this.element.style.setProperty("--qt-covered", `${covered > 80 ? Math.round(covered) : 0}px`);
    };
    view.addEventListener("resize", () => {
      fit();
      if (this.log.atEnd) this.log.toEnd();
    });
    fit();
  }
}
