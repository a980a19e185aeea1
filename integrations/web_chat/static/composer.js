// Where the customer writes: text with an input method in mind, and images.

import { usable } from "./images.js";
import { el, icon } from "./dom.js";
import { WORDS } from "./words.js";

const LONGEST_TEXT = 10_000;

/** `actions`: say(text), picture(blob). `limit()` is the largest image in bytes. */
export class Composer {
  constructor(actions, limit) {
    this.actions = actions;
    this.limit = limit;
    this.input = el("textarea", {
      class: "qt-input",
      rows: 1,
      maxLength: LONGEST_TEXT,
      placeholder: WORDS.placeholder,
      "aria-label": WORDS.placeholder,
      enterKeyHint: "send",
    });
    this.file = el("input", { type: "file", accept: "image/*", hidden: true, tabIndex: -1 });
    this.sendButton = el(
      "button",
      { type: "submit", class: "qt-send", "aria-label": WORDS.send, disabled: true },
      icon("send"),
    );
    this.preview = el("div", { class: "qt-preview", hidden: true, role: "group", "aria-label": WORDS.imagePreview });
    this.problem = el("p", { class: "qt-problem", role: "alert", hidden: true });
    this.element = el(
      "form",
      { class: "qt-composer" },
      this.problem,
      this.preview,
      el("div", { class: "qt-line" }, this.#imageButton(), this.file, this.input, this.sendButton),
    );
    this.#listen();
  }

  /** Put the cursor into the text field. */
  focus() {
    this.input.focus({ preventScroll: true });
  }

  #imageButton() {
    return el(
      "button",
      { type: "button", class: "qt-attach", "aria-label": WORDS.image, title: WORDS.image, onclick: () => this.file.click() },
      icon("image"),
    );
  }

  #listen() {
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => this.#fit());
    this.input.addEventListener("keydown", (event) => {
      // While an input method composes (229: Safari ends the composition first), Enter chooses a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.file.addEventListener("change", () => this.#chosen());
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#fit();
    this.actions.say(text);
  }

  #fit() {
    this.sendButton.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  async #chosen() {
    const [file] = this.file.files;
    this.file.value = "";
    this.problem.hidden = true;
    if (!file) return;
    try {
      this.#offer(await usable(file, this.limit()));
    } catch (error) {
      this.preview.hidden = true;
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
  }

  #offer(blob) {
    const url = URL.createObjectURL(blob);
    const done = () => {
      this.preview.hidden = true;
      this.preview.replaceChildren();
      this.focus();
    };
    const send = el("button", { type: "button", class: "qt-preview-send", textContent: WORDS.imageSend });
    send.addEventListener("click", () => {
      done();
      this.actions.picture(blob, url);
    });
    const cancel = el("button", { type: "button", class: "qt-preview-cancel", textContent: WORDS.imageCancel });
    cancel.addEventListener("click", () => {
      done();
      URL.revokeObjectURL(url);
    });
    this.preview.replaceChildren(el("img", { src: url, alt: WORDS.imagePreview }), send, cancel);
    this.preview.hidden = false;
    send.focus();
  }
}
