// Building blocks of the page. Text only ever enters it as text.

const SVG = new Set(["svg", "path", "line"]);

/** element("td", {class: "mono"}, "text", otherElement); null children are left out. */
export function element(name, attributes = {}, ...children) {
  const node = SVG.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

/** A table that scrolls sideways where it does not fit; cells are text, elements, or {text, class}. */
export function table(label, head, rows) {
  const cell = value => value?.text !== undefined && !(value instanceof Node)
    ? element("td", {class: value.class}, value.text) : element("td", {}, value);
  return scrolling(label, element("table", {},
    element("thead", {}, element("tr", {}, ...head.map(title => element("th", {scope: "col"}, title)))),
    element("tbody", {}, ...rows.map(cells => element("tr", {}, ...cells.map(cell))))));
}

/** Reachable by keyboard, so that it can be scrolled by it. */
export const scrolling = (label, child) => element("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": label}, child);
export const empty = text => element("p", {class: "empty"}, text);
export const chip = (text, kind = "") => element("span", {class: `chip ${kind}`.trim()}, text);
export const link = (href, text, kind = null) => element("a", {href, class: kind}, text);

/** Draws a list anew if it has changed, and gives the focus back to the link that had it. */
export function show(list, ...nodes) {
  const place = document.querySelector(`[data-list="${list}"]`);
  const staged = element("div", {}, ...nodes);
  if (place.innerHTML === staged.innerHTML) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(...staged.childNodes);
  if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

export const number = (value, digits = 3) =>
  value === null || value === undefined || Number.isNaN(value) ? "–"
    : Number.isInteger(value) ? value.toLocaleString("en") : Number(value.toPrecision(digits)).toString();
export const duration = seconds =>
  seconds >= 1 ? `${number(seconds)} s` : seconds >= 1e-3 ? `${number(seconds * 1e3)} ms` : `${number(seconds * 1e6)} µs`;
export const day = time => time ? time.slice(0, 10) : "–";
export const moment = time => time ? time.slice(0, 16).replace("T", " ") : "–";
/** Midnight is a day, another time of the day a moment without its year. */
export const point = time => !time ? "–" : time.includes("T00:00:00Z") ? day(time) : moment(time).slice(5);
/** Times in a sentence, read like the above; what belongs together does not break. */
export const shortened = text => text.replaceAll("T00:00:00Z", "").replace(/(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d):[\d.]+Z)?/g,
  (all, year, month, date, hour) => `${year}\u2011${month}\u2011${date}${hour ? `\u00a0${hour}` : ""}`);
