// The start page: reads the public API every two seconds and draws what it says. Text only ever enters the page as text.

const REFRESH_MS = 2000;
const SPARK_POINTS = 60;
const history = new Map(); // endpoint -> {requests, at, rates}

const number = (value, digits = 3) =>
  value === null || value === undefined || Number.isNaN(value) ? "–"
    : Number.isInteger(value) ? value.toLocaleString("en") : Number(value.toPrecision(digits)).toString();
const duration = seconds => seconds >= 1 ? `${number(seconds)} s` : seconds >= 1e-3 ? `${number(seconds * 1e3)} ms` : `${number(seconds * 1e6)} µs`;
const day = time => time ? time.slice(0, 10) : "–";
const moment = time => time ? time.slice(0, 16).replace("T", " ") : "–";

/** element("td", {class: "mono"}, "text", otherElement) */
function element(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "line"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

function table(head, rows) {
  return element("div", {class: "scroll"}, element("table", {},
    element("thead", {}, element("tr", {}, ...head.map(title => element("th", {scope: "col"}, title)))),
    element("tbody", {}, ...rows.map(cells => element("tr", {}, ...cells.map(cell => element("td", {}, cell)))))));
}

function show(list, ...nodes) {
  document.querySelector(`[data-list="${list}"]`).replaceChildren(...nodes);
}

const empty = text => element("p", {class: "empty"}, text);
const chip = (text, kind = "") => element("span", {class: `chip ${kind}`}, text);

async function get(path) {
  const response = await fetch(path, {cache: "no-store"});
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Requests per second since the last look, remembered for the line. */
function rateOf(endpoint) {
  const now = performance.now();
  const requests = endpoint.figures?.requests ?? 0;
  const past = history.get(endpoint.name) ?? {requests, at: now, rates: []};
  const seconds = (now - past.at) / 1000;
  const rate = seconds > 0 ? Math.max(0, requests - past.requests) / seconds : 0;
  past.rates.push(rate);
  if (past.rates.length > SPARK_POINTS) past.rates.shift();
  history.set(endpoint.name, {requests, at: now, rates: past.rates});
  return rate;
}

function sparkline(values) {
  const top = Math.max(1, ...values);
  const points = values.map((value, i) => `${(i / (SPARK_POINTS - 1)) * 100},${32 - (value / top) * 30}`);
  return element("svg", {class: "spark", viewBox: "0 0 100 34", preserveAspectRatio: "none", "aria-hidden": "true"},
    element("path", {d: points.length > 1 ? `M${points.join("L")}` : "M0,32L100,32"}));
}

function endpointCard(endpoint) {
  const rate = rateOf(endpoint);
  const figures = endpoint.figures ?? {};
  const figure = (value, label) => element("div", {}, element("b", {}, value), element("span", {}, label));
  const canary = endpoint.canary;
  return element("article", {class: "card", "data-endpoint": endpoint.name},
    element("h3", {}, endpoint.name, chip(endpoint.champion),
      canary ? chip(`canary ${canary.candidate} ${number(canary.plan.share * 100)}%`, "warn") : null,
      endpoint.serving ? null : chip("not serving", "bad")),
    element("div", {class: "figures"},
      figure(number(rate), "requests/s"), figure(figures.p50_seconds ? duration(figures.p50_seconds) : "–", "median"),
      figure(number(figures.predictions ?? 0), "predictions"), figure(number(endpoint.labels ?? 0), "labels")),
    sparkline(history.get(endpoint.name).rates),
    element("a", {class: "quiet", href: endpoint.urls.openapi}, `POST ${endpoint.urls.predict}`));
}

/** How far a score is past its threshold, as a shade: nothing at 0, full at twice the threshold. */
function shade(figure) {
  const share = Math.min(1, Math.max(0, figure.score / (2 * (figure.threshold || 1))));
  return `background: color-mix(in srgb, var(${figure.drifted ? "--bad" : "--accent"}) ${Math.round(share * 60)}%, transparent)`;
}

function heatmap(endpoint, windows) {
  const shown = windows.slice(0, 16).reverse();
  const features = [...new Set(shown.flatMap(window => window.drift.filter(figure => figure.test !== "ks").map(figure => figure.feature)))];
  const cell = (window, feature) => {
    const figure = window.drift.find(one => one.feature === feature && one.test !== "ks");
    if (!figure) return element("td", {});
    const title = `${feature}, ${day(window.from)}: ${figure.test} ${number(figure.score)} (threshold ${number(figure.threshold)})`;
    return element("td", {}, element("span", {class: figure.drifted ? "cell drifted" : "cell", style: shade(figure), title}, number(figure.score, 2)));
  };
  return element("div", {class: "scroll"}, element("table", {class: "heat"},
    element("thead", {}, element("tr", {}, element("th", {}, endpoint), ...shown.map(window => element("th", {scope: "col"}, day(window.from).slice(5))))),
    element("tbody", {}, ...features.map(feature => element("tr", {}, element("th", {scope: "row"}, feature), ...shown.map(window => cell(window, feature)))))));
}

/** The interval of candidate minus champion around zero: left of it the candidate is better. */
function interval(verdict) {
  const [low, high] = verdict.interval;
  if (low === null || high === null) return "";
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.15 || 1;
  const x = value => 100 + (value / reach) * 95;
  return element("svg", {class: "interval", viewBox: "0 0 200 20", role: "img", "aria-label": `between ${number(low)} and ${number(high)}`},
    element("line", {x1: 5, x2: 195, y1: 10, y2: 10}), element("line", {class: "zero", x1: 100, x2: 100, y1: 1, y2: 19}),
    element("line", {class: "band", x1: x(low), x2: x(high), y1: 10, y2: 10}));
}

const outcomes = {promoted: "", held: "warn", rolled_back: "bad", failed: "bad", rejected: "bad"};

function cycleRow(cycle, canaries) {
  const canary = canaries.find(one => one.id === cycle.canary);
  const verdict = canary?.verdict;
  return [day(cycle.event_time), cycle.trigger.reason ?? cycle.trigger.kind, cycle.candidate || "–",
    chip(cycle.state.replace("_", " "), outcomes[cycle.state] ?? "warn"),
    verdict ? element("span", {}, interval(verdict), element("br"), element("span", {class: "quiet"},
      `${verdict.metric} ${number(verdict.champion)} → ${number(verdict.candidate)} on ${number(verdict.n)} rows`)) : element("span", {class: "quiet"}, cycle.outcome || "")];
}

function runRow(run) {
  const strip = element("div", {class: "strip"}, ...run.steps.map(step =>
    element("i", {class: step.cached ? "cached" : step.state, title: `${step.name}: ${step.cached ? "cached" : step.state}`})));
  const seconds = run.finished_at ? (Date.parse(run.finished_at) - Date.parse(run.created_at)) / 1000 : null;
  return [element("span", {class: "mono"}, run.id.slice(0, 8)), run.pipeline, strip, run.state, seconds === null ? "" : duration(seconds), run.trigger.reason ?? ""];
}

async function refresh() {
  const [endpoints, windows, cycles, canaries, alarms, runs, models, datasets] = await Promise.all([
    get("/api/v1/endpoints"), get("/api/v1/windows?limit=200"), get("/api/v1/cycles?limit=20"), get("/api/v1/canaries?limit=50"),
    get("/api/v1/alarms?limit=10"), get("/api/v1/pipeline-runs?limit=10"), get("/api/v1/models"), get("/api/v1/datasets")]);

  show("endpoints", ...(endpoints.endpoints.length ? endpoints.endpoints.map(endpointCard) : [empty("No endpoint yet. gyre deploy MODEL/VERSION --endpoint NAME makes one.")]));

  const byEndpoint = Map.groupBy ? Map.groupBy(windows.windows, window => window.endpoint)
    : windows.windows.reduce((map, window) => map.set(window.endpoint, [...(map.get(window.endpoint) ?? []), window]), new Map());
  show("drift", ...(byEndpoint.size ? [...byEndpoint].map(([name, list]) => heatmap(name, list)) : [empty("No window has closed yet.")]));

  show("cycles", cycles.cycles.length ? table(["When", "Why", "Candidate", "Outcome", "Verdict (candidate − champion)"], cycles.cycles.map(cycle => cycleRow(cycle, canaries.canaries)))
    : empty("The loop has not turned yet."));
  show("alarms", ...(alarms.alarms.length ? [table(["Event time", "Alarm", "Endpoint", "Reason"],
    alarms.alarms.map(alarm => [day(alarm.event_time), chip(alarm.kind, "warn"), alarm.endpoint, alarm.reason]))] : []));

  show("runs", runs.runs.length ? table(["Run", "Pipeline", "Steps", "State", "Took", "Why"], runs.runs.map(runRow)) : empty("Nothing has run yet. gyre run --project DIR starts a pipeline."));
  show("models", models.models.length ? table(["Model", "Latest", "Aliases", "Since"], models.models.map(model =>
    [model.name, model.latest_version, element("span", {}, ...Object.entries(model.aliases).map(([alias, version]) => chip(`${alias} ${version}`))), day(model.created_at)]))
    : empty("No model yet."));
  show("datasets", datasets.datasets.length ? table(["Dataset", "Versions", "Rows", "Updated"], datasets.datasets.map(dataset =>
    [dataset.name, number(dataset.latest.number), number(dataset.latest.rows), moment(dataset.updated_at)])) : empty("No dataset yet."));
}

async function tick() {
  const status = document.getElementById("status");
  try {
    await refresh();
    status.textContent = "ready";
    status.classList.add("ready");
  } catch (error) {
    status.textContent = `no answer (${error.message})`;
    status.classList.remove("ready");
  }
  setTimeout(tick, REFRESH_MS);
}

fetch("/version").then(response => response.text()).then(version => { document.getElementById("version").textContent = `Gyre ${version}`; });
tick();
