// The chat as a page of its own.

import { Connection } from "./connection.js";
import { ChatPanel } from "./panel.js";

const connection = new Connection(location.origin);
const panel = new ChatPanel(connection);
document.querySelector("main").replaceChildren(panel.element);
connection.addEventListener("session", ({ detail }) => {
  document.title = `${detail.bank.name} · 在线客服`;
});
connection.start();
if (matchMedia("(hover: hover)").matches) panel.composer.focus();
