// Cards: an account, a bill, a ticket … as a titled list of labelled values.

import { el, icon } from "./dom.js";
import { linkified } from "./text.js";

const MONEY = /^[-+−¥￥\s]*[\d,]+(\.\d{1,2})?\s*(元|万元)?$/;
const WITH_FIGURE = new Set(["account", "bill", "loan"]);

/** The card's element; its buttons are made by `button(title, payload)`. */
export function card(data, button) {
  const kind = String(data.kind ?? "article");
  const rows = (data.rows ?? []).map((row) => [String(row[0] ?? ""), String(row[1] ?? "")]);
  const figure = WITH_FIGURE.has(kind) ? rows.findIndex(([, value]) => MONEY.test(value)) : -1;
  return el(
    "section",
    { class: `qt-card qt-card-${kind.replace(/[^a-z]/g, "")}`, "aria-label": data.title ?? "" },
    el(
      "header",
      {},
      icon(kind),
      el(
        "div",
        {},
        el("h3", { textContent: data.title ?? "" }),
        data.subtitle ? el("p", { class: "qt-card-subtitle", textContent: data.subtitle }) : null,
      ),
    ),
    rows.length ? el("dl", {}, ...rows.map((row, place) => line(row, place === figure))) : null,
    data.note ? el("p", { class: "qt-card-note" }, ...linkified(String(data.note))) : null,
    data.buttons?.length
      ? el("div", { class: "qt-card-buttons" }, ...data.buttons.map((one) => button(one.title, one.payload)))
      : null,
  );
}

function line([label, value], isFigure) {
  const money = MONEY.test(value);
  const classes = ["qt-row", isFigure ? "qt-figure" : "", money ? "qt-money" : "", value.length > 14 ? "qt-long" : ""];
  const incoming = money && value.trim().startsWith("+");
  return el(
    "div",
    { class: classes.filter(Boolean).join(" ") },
    el("dt", { textContent: label }),
    el("dd", { class: incoming ? "qt-incoming" : "" }, ...linkified(value)),
  );
}
