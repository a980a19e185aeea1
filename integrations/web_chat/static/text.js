// Texts of messages as DOM nodes: links, a small part of Markdown, times.

import { el } from "./dom.js";
import { WORDS } from "./words.js";

const LINK = /https?:\/\/[^\s<>"'（）()，。；！？、「」]+/g;
const BOLD = /\*\*([^*\n]+)\*\*/g;

/** Plain text with its http(s) addresses as links. */
export function linkified(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?]+$/, "");
    nodes.push(text.slice(end, match.index));
    nodes.push(
      el("a", { href: address, target: "_blank", rel: "noopener noreferrer", textContent: address }),
    );
    end = match.index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(BOLD)) {
    nodes.push(...linkified(text.slice(end, match.index)));
    nodes.push(el("strong", {}, ...linkified(match[1])));
    end = match.index + match[0].length;
  }
  nodes.push(...linkified(text.slice(end)));
  return nodes;
}

/** Paragraphs, numbered and bulleted lists and bold; everything else stays as it was typed. */
export function markdown(text) {
  const blocks = [];
  let list = null;
  for (const line of text.split("\n")) {
    const numbered = /^\s*(\d+)[.、．]\s+(.*)$/.exec(line) ?? /^\s*(\d+)[、．](.+)$/.exec(line);
    const bulleted = /^\s*[-*•]\s+(.*)$/.exec(line);
    if (!numbered && !bulleted) {
      list = null;
      if (line.trim()) blocks.push(el("p", {}, ...inline(line.replace(/^#+\s+/, ""))));
      continue;
    }
    const tag = numbered ? "OL" : "UL";
    if (list?.tagName !== tag) {
      list = el(tag.toLowerCase(), numbered ? { start: Number(numbered[1]) } : {});
      blocks.push(list);
    }
    list.append(el("li", {}, ...inline(numbered ? numbered[2] : bulleted[1])));
  }
  return blocks;
}

/** Lines as typed, addresses as links. */
export function plain(text) {
  return [el("p", { class: "qt-typed" }, ...linkified(text))];
}

const ZONE = { timeZone: "Asia/Shanghai" };
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("en-CA", { ...ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

/** 「今天 14:05」「昨天 09:12」「11月3日 10:20」 and, in another year, 「2025年11月3日 10:20」. */
export function moment(at, now = new Date()) {
  const clock = CLOCK.format(at);
  const day = DAY.format(at);
  if (day === DAY.format(now)) return `${WORDS.today} ${clock}`;
  if (day === DAY.format(new Date(now.getTime() - 86_400_000))) return `${WORDS.yesterday} ${clock}`;
  const [year, month, date] = day.split("-").map(Number);
  const sameYear = DAY.format(now).startsWith(String(year));
  return `${sameYear ? "" : `${year}年`}${month}月${date}日 ${clock}`;
}
