// One script tag on any page of the bank:
//   <script src="https://…/chat/widget.js" data-bank-token="…" async></script>
// It adds a button and, once opened, the chat, in a shadow root that the page's styles don't reach.

(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const base = `${origin}/chat/static`;
  const bankToken = script.dataset.bankToken ?? "";
  const OPENED = `qiantai:opened:${origin}`;

  class Widget {
    constructor() {
      this.host = document.createElement("div");
      this.host.lang = "zh-CN";
      this.root = this.host.attachShadow({ mode: "open" });
      this.style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${base}/style.css` });
      this.button = document.createElement("button");
      this.panelFrame = document.createElement("div");
      this.unread = 0;
      this.loading = null;
    }

    async show() {
      const styled = new Promise((resolve) => (this.style.onload = this.style.onerror = resolve));
      this.root.append(this.style);
      document.body.append(this.host);
      const [{ el, icon }, { WORDS }, { Connection }] = await Promise.all([
        import(`${base}/dom.js`),
        import(`${base}/words.js`),
        import(`${base}/connection.js`),
        styled,
      ]);
      this.words = WORDS;
      this.button = el("button", { type: "button", class: "qt-launcher", "aria-haspopup": "dialog" });
      this.badge = el("span", { class: "qt-badge", "aria-hidden": "true", hidden: true });
      this.button.append(icon("chat"), el("span", { textContent: WORDS.launcher }), this.badge);
      this.button.addEventListener("click", () => this.open());
      this.panelFrame = el("div", { class: "qt-frame", role: "dialog", "aria-label": WORDS.launcher, hidden: true });
      this.panelFrame.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !event.isComposing) this.close();
      });
      this.root.append(this.button, this.panelFrame);
      this.#count(0);
      // Someone who has talked before may get an answer while the chat is closed.
      if (this.#opened || (!bankToken && Connection.remembered(origin))) await this.#load();
    }

    async open() {
      this.button.hidden = true;
      this.panelFrame.hidden = false;
      this.#opened = true;
      await this.#load();
      this.panel.log.toEnd();
      this.#count(0);
      this.#read();
      if (matchMedia("(hover: hover)").matches) this.panel.composer.focus();
      else this.panelFrame.querySelector("button").focus();
    }

    close() {
      this.panelFrame.hidden = true;
      this.button.hidden = false;
      this.button.focus();
    }

    #load() {
      this.loading ??= this.#connect();
      return this.loading;
    }

    async #connect() {
      const [{ Connection }, { ChatPanel }, { lasting }] = await Promise.all([
        import(`${base}/connection.js`),
        import(`${base}/panel.js`),
        import(`${base}/storage.js`),
      ]);
      this.lasting = lasting;
      this.connection = new Connection(origin, bankToken);
      this.panel = new ChatPanel(this.connection, { close: () => this.close() });
      this.connection.addEventListener("message", ({ detail }) => this.#arrived(detail));
      this.panelFrame.append(this.panel.element);
      this.connection.start();
    }

    #arrived({ seq, from, history }) {
      if (!this.panelFrame.hidden) return this.#read();
      // On a device that never showed this conversation, what was said before is not news.
      const read = this.#lastRead ?? (history ? Infinity : 0);
      if (from !== "customer" && seq > read) this.#count(this.unread + 1);
    }

    #count(unread) {
      this.unread = unread;
      this.badge.hidden = unread === 0;
      this.badge.textContent = unread > 99 ? "99+" : String(unread);
      const words = unread ? this.words.openWithUnread(unread) : this.words.open;
      this.button.setAttribute("aria-label", words);
    }

    #read() {
      this.lasting.set(`read:${this.connection.conversation}`, String(this.connection.seq));
    }

    get #lastRead() {
      const stored = this.lasting.get(`read:${this.connection.conversation}`);
      return stored === null ? null : Number(stored);
    }

    get #opened() {
      try {
        return sessionStorage.getItem(OPENED) === "1";
      } catch {
        return false;
      }
    }

    set #opened(value) {
      try {
        sessionStorage.setItem(OPENED, value ? "1" : "");
      } catch {
        // not remembered then
      }
    }
  }

  const start = () => new Widget().show();
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
