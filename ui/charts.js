// Pictures: traffic over time, drift over windows and features, the interval of a verdict.
import {element, link, number, point, scrolling} from "./dom.js";

export const SPARK_POINTS = 60;

/** Requests per second, newest at the right. */
export function sparkline(values) {
  const top = Math.max(1, ...values);
  const first = SPARK_POINTS - values.length;
  const points = values.map((value, i) => `${((first + i) / (SPARK_POINTS - 1)) * 100},${32 - (value / top) * 30}`);
  return element("svg", {class: "spark", viewBox: "0 0 100 34", preserveAspectRatio: "none", "aria-hidden": "true"},
    element("path", {class: "ground", d: "M0,32L100,32"}), points.length > 1 ? element("path", {d: `M${points.join("L")}`}) : null);
}

const MAX_WINDOWS = 10;
const MAX_FEATURES = 30;
const OVERALL = ["brier", "log_loss", "accuracy", "f1"]; // of these, what a window has is shown above the features

/** How far a score is past its threshold, as a shade: nothing at 0, full at twice the threshold. */
function shade(figure) {
  const share = Math.min(1, Math.max(0, figure.score / (2 * (figure.threshold || 1))));
  return `background: color-mix(in srgb, var(${figure.drifted ? "--bad" : "--accent"}) ${Math.round(share * 45)}%, transparent)`;
}

const scoreOf = (window, feature) => window.drift.find(one => one.feature === feature && one.test === "psi");

function driftCell(window, feature) {
  const figure = scoreOf(window, feature);
  if (!figure || figure.score === null) return element("td", {}, element("span", {class: "cell"}, "–"));
  const title = `${feature}, ${point(window.from)} to ${point(window.until)}: PSI ${number(figure.score)}, threshold ${number(figure.threshold)}${figure.drifted ? ", drifted" : ""}`;
  const text = figure.score >= 100 ? "> 99" : figure.score.toFixed(2);
  return element("td", {}, element("span", {class: figure.drifted ? "cell drifted" : "cell", style: shade(figure), title},
    text, figure.drifted ? element("span", {class: "unseen"}, " drifted") : null));
}

function overallRows(windows) {
  const row = (title, value) => element("tr", {class: "overall"}, element("th", {scope: "row"}, title), ...windows.map(window => element("td", {}, value(window))));
  const metrics = OVERALL.filter(metric => windows.some(window => window.performance[metric] !== undefined)).slice(0, 2);
  return [row("rows", window => number(window.rows)), row("labels", window => number(window.labels)),
    ...metrics.map(metric => row(metric.replace("_", " "), window => window.performance[metric] === undefined ? "–" : window.performance[metric].toFixed(4)))];
}

/** A row per feature, the most drifted first, a column per window; the answers below. */
export function heatmap(endpoint, newestFirst) {
  const windows = newestFirst.slice(0, MAX_WINDOWS).reverse();
  const figures = windows.flatMap(window => window.drift.filter(figure => figure.test === "psi"));
  const worst = new Map();
  for (const figure of figures) if (!figure.of_answer) worst.set(figure.feature, Math.max(worst.get(figure.feature) ?? 0, figure.score ?? 0));
  const features = [...worst.keys()].sort((a, b) => worst.get(b) - worst.get(a));
  const answers = [...new Set(figures.filter(figure => figure.of_answer).map(figure => figure.feature))];
  const row = (feature, kind = null) => element("tr", {class: kind}, element("th", {scope: "row"}, feature), ...windows.map(window => driftCell(window, feature)));
  const hidden = features.length - MAX_FEATURES;
  return element("article", {class: "card"},
    element("h3", {}, endpoint, element("small", {}, "population stability index per feature; outlined where it has drifted")),
    scrolling(`Drift of ${endpoint}`, element("table", {class: "heat"},
      element("thead", {}, element("tr", {}, element("th", {scope: "col"}, "window from"), ...windows.map(window =>
        element("th", {scope: "col"}, link(`/api/v1/windows/${window.id}`, point(window.from)))))),
      element("tbody", {}, ...overallRows(windows)),
      element("tbody", {}, ...features.slice(0, MAX_FEATURES).map(feature => row(feature))),
      element("tbody", {}, ...answers.map(answer => row(answer, "answer"))))),
    hidden > 0 ? element("p", {class: "quiet"}, `and ${hidden} more that drifted less`) : null);
}

/** The interval of candidate minus champion around zero: left of it the candidate is better. */
export function interval(verdict) {
  const [low, high] = verdict.interval;
  if (low === null || high === null) return null;
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.15 || 1;
  const x = value => 100 + (value / reach) * 95;
  return element("svg", {class: "interval", viewBox: "0 0 200 20", role: "img", "aria-label": `between ${number(low)} and ${number(high)}`},
    element("line", {x1: 5, x2: 195, y1: 10, y2: 10}), element("line", {class: "zero", x1: 100, x2: 100, y1: 1, y2: 19}),
    element("line", {class: high < 0 ? "band good" : low > 0 ? "band bad" : "band", x1: x(low), x2: x(high), y1: 10, y2: 10}));
}
