// What the browser does by itself on the staff console: clicks by data-do, the reply box, waiting times, sounds.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const ASK_AGAIN_MS = 4000, DOUBLE_CLICK_MS = 450, TYPING_MS = 3000, ANSWER_MS = 10000, LONG_WAIT_MINUTES = 5;
  let here = new URLSearchParams(location.search).get("c") || ""; // the open conversation
  let typedAt = 0;
  let returned = null;      // the text given back last, with its id
  const onTheWay = new Map(); // message id -> {conversation, text, timer}: sent, not confirmed yet

  const newId = () => {
    // randomUUID is missing on plain http addresses other than localhost.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  };
  const tell = (data) => emitEvent("console", data);

  // clicks

  const askAgain = (button) => {
    // A double click asks; it does not answer itself.
    if (button.classList.contains("asking")) return Date.now() - button.dataset.asked > DOUBLE_CLICK_MS;
    button.dataset.asked = Date.now();
    const words = button.textContent;
    button.classList.add("asking");
    button.textContent = button.dataset.confirm;
    setTimeout(() => { button.classList.remove("asking"); button.textContent = words; }, ASK_AGAIN_MS);
    return false;
  };

  document.addEventListener("click", (event) => {
    const menu = $(".me[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do) {
      if (button.dataset.confirm && !askAgain(button)) return;
      tell({ do: button.dataset.do, id: button.dataset.id || "", product: button.dataset.product || "" });
    } else if (button.dataset.phrase) insert(button.dataset.phrase);
    else if (button.id === "send") send();
    else if (button.id === "below") toBottom();
    else if ("sound" in button.dataset) setSound(!soundOn());
  });

  // the reply box

  const box = () => $("#composer");
  const draftOf = (conversation) => `qiantai-draft:${conversation}`;
  const keepDraft = () => {
    if (!here || !box()) return;
    if (box().value) sessionStorage.setItem(draftOf(here), box().value);
    else sessionStorage.removeItem(draftOf(here));
  };

  const showDraft = () => { if (box()) box().value = sessionStorage.getItem(draftOf(here)) || ""; };

  const insert = (text) => {
    const area = box();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    keepDraft();
  };

  const send = () => {
    const area = box();
    const text = area.value.trim();
    if (!here || !text) return;
    const conversation = here;
    // The same text once more after a silence: the first try may have arrived after all.
    const again = returned && returned.conversation === here && returned.text === text;
    const id = again ? returned.id : newId();
    returned = null;
    const timer = setTimeout(() => giveBack(id), ANSWER_MS);
    onTheWay.set(id, { conversation, text, timer });
    area.value = "";   // a second click finds nothing to send
    keepDraft();
    area.focus();
    stick = true;
    tell({ do: "send", id: conversation, text, message: id });
  };

  // Not confirmed: the text returns to its own conversation's box.
  const giveBack = (id) => {
    const lost = onTheWay.get(id);
    if (!lost) return;
    onTheWay.delete(id);
    clearTimeout(lost.timer);
    const key = draftOf(lost.conversation);
    const now = lost.conversation === here ? box().value : sessionStorage.getItem(key) || "";
    const text = now ? `${lost.text}\n${now}` : lost.text;
    if (!now) returned = { ...lost, id };
    sessionStorage.setItem(key, text);
    if (lost.conversation === here) box().value = text;
  };

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "composer" || event.key !== "Enter" || event.shiftKey) return;
    // 229: browsers that report the key before the end of the composition (Safari)
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) send();
  });

  document.addEventListener("input", (event) => {
    if (event.target.id !== "composer") return;
    keepDraft();
    if (here && Date.now() - typedAt > TYPING_MS) {
      typedAt = Date.now();
      tell({ do: "typing", id: here });
    }
  });

  // staying at the bottom of the conversation

  let stick = true;
  const thread = () => $("#thread");
  const atBottom = () => !thread() || thread().scrollHeight - thread().scrollTop - thread().clientHeight < 60;
  const toBottom = () => {
    if (thread()) thread().scrollTop = thread().scrollHeight;
    stick = true;
    if ($("#below")) $("#below").hidden = true;
  };
  document.addEventListener("scroll", (event) => {
    if (event.target.id !== "thread") return;
    stick = atBottom();
    if (stick && $("#below")) $("#below").hidden = true;
  }, true);
  document.addEventListener("load", (event) => { if (stick && event.target.closest?.("#thread")) toBottom(); }, true);

  // waiting times, title, sound

  const soundOn = () => localStorage.getItem("qiantai-sound") !== "off";
  const setSound = (on) => {
    localStorage.setItem("qiantai-sound", on ? "on" : "off");
    showSound();
  };
  const showSound = () => {
    const button = $("[data-sound]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(soundOn()));
    button.querySelector("i").textContent = soundOn() ? button.dataset.on : button.dataset.off;
  };

  let speaker;
  const chime = () => {
    if (!soundOn()) return;
    speaker ||= new AudioContext();
    const tone = speaker.createOscillator(), volume = speaker.createGain();
    tone.frequency.value = 740;
    volume.gain.setValueAtTime(0.08, speaker.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, speaker.currentTime + 0.35);
    tone.connect(volume).connect(speaker.destination);
    tone.start();
    tone.stop(speaker.currentTime + 0.35);
  };

  const title = document.title;
  let unread = 0, waiting = 0, missed = 0, first = true; // missed: came into the open conversation unseen
  const count = (name) => Number($(`[data-${name}]`)?.dataset[name] || 0);
  let restored = false;
  const look = () => {
    if (!restored && box()) {
      restored = true;
      if (here && !box().value) showDraft();
    }
    const nowUnread = count("unread"), nowWaiting = count("waiting");
    if (!first && (nowUnread > unread || nowWaiting > waiting)) chime();
    if ($("[data-waiting]")) first = false;
    [unread, waiting] = [nowUnread, nowWaiting];
    const news = unread + missed;
    document.title = news ? `(${news}) ${title}` : title;
    tick();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { missed = 0; look(); } });
  const words = (minutes) => {
    const { soon, minutes: short, hours: long } = $(".topbar").dataset;
    if (minutes < 1) return soon;
    if (minutes < 60) return short.replace("{n}", minutes);
    return long.replace("{h}", Math.floor(minutes / 60)).replace("{m}", minutes % 60);
  };
  const tick = () => document.querySelectorAll("[data-since]").forEach((mark) => {
    const minutes = Math.max(Math.floor((Date.now() - Number(mark.dataset.since)) / 60000), 0);
    if (mark.textContent !== words(minutes)) mark.textContent = words(minutes);
    mark.classList.toggle("long", minutes >= LONG_WAIT_MINUTES);
  });

  let focused = "";
  document.addEventListener("focusin", (event) => {
    const { do: what, id } = event.target.dataset || {};
    focused = what && id ? `[data-do="${what}"][data-id="${id}"]` : "";
  });

  const watch = () => new MutationObserver((changes) => {
    // Redrawing a list must not take the keyboard's place away.
    if (focused && document.activeElement === document.body) $(focused)?.focus({ preventScroll: true });
    const grown = changes.some((c) => c.addedNodes.length && c.target.closest?.("#thread"));
    if (document.hidden && changes.some((c) => c.target.querySelector?.(":scope > .from-customer"))) {
      missed += 1;
      chime();
    }
    if (grown && stick) toBottom();
    else if (grown && $("#below")) $("#below").hidden = false;
    look();
  }).observe(document.body, { childList: true, subtree: true });

  window.desk = {
    opened(conversation) {
      // After a reload it is open already, and someone may be typing.
      if (conversation !== here) {
        keepDraft();
        here = conversation;
        showDraft();
      }
      focused = "";
      history.replaceState(null, "", conversation ? `?c=${conversation}` : location.pathname);
      toBottom();
      setTimeout(() => { toBottom(); if (box()?.offsetParent) box().focus(); }, 60);
    },
    sent(id) {
      const done = onTheWay.get(id);
      if (done) clearTimeout(done.timer);
      onTheWay.delete(id);
      if (returned?.id !== id) return;
      sessionStorage.removeItem(draftOf(returned.conversation));
      if (returned.conversation === here && box().value === returned.text) box().value = "";
      returned = null;
    },
    refused: giveBack,
  };

  const start = () => { watch(); showSound(); setInterval(tick, 5000); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
