// The start page: reads the public API every two seconds and draws what it says.
import {heatmap, interval, sparkline, SPARK_POINTS} from "./charts.js";
import {chip, duration, element, empty, link, moment, number, point, shortened, show, table} from "./dom.js";

const REFRESH_MS = 2000;
const MAX_DATASETS = 15;
const traffic = new Map(); // endpoint -> {requests, at, rates}
let answeredAt = null;

async function get(path) {
  const response = await fetch(path, {cache: "no-store"}).catch(() => { throw new Error("The server does not answer"); });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** Requests per second since the last look, remembered for the line. */
function rateOf(endpoint) {
  const now = performance.now();
  const requests = endpoint.figures?.requests ?? 0;
  const past = traffic.get(endpoint.name);
  const rate = past ? Math.max(0, requests - past.requests) / ((now - past.at) / 1000) : 0;
  const rates = [...(past?.rates ?? []), rate].slice(-SPARK_POINTS);
  traffic.set(endpoint.name, {requests, at: now, rates});
  return rate;
}

const cardOf = version => `/api/v1/models/${encodeURIComponent(version.split("/")[0])}/versions/${version.split("/")[1]}/files/card.md`;
const versionChip = version => link(cardOf(version), version, "chip");

function endpointCard(endpoint, windows) {
  const rate = rateOf(endpoint);
  const figures = endpoint.figures ?? {};
  const figure = (value, label, kind = null) => element("div", {class: kind}, element("b", {}, value), element("span", {}, label));
  const refused = (figures.refused ?? 0) + (figures.failed ?? 0);
  const newest = windows.find(window => window.endpoint === endpoint.name && window.judged);
  const canary = endpoint.canary;
  return element("article", {class: "card", "data-endpoint": endpoint.name},
    element("h3", {}, endpoint.name, versionChip(endpoint.champion),
      endpoint.serving ? null : chip("not serving", "bad"),
      newest ? chip(newest.drifted ? "drifted" : "steady", newest.drifted ? "warn" : "") : null),
    canary ? element("p", {class: "canary"}, "canary: ", versionChip(canary.candidate), ` ${number(canary.plan.share * 100)} % of the traffic since ${point(canary.started_event_time)}`) : null,
    element("div", {class: "figures"},
      figure(number(rate, 2), "requests/s"), figure(figures.p50_seconds ? duration(figures.p50_seconds) : "–", "median"),
      figure(figures.p99_seconds ? duration(figures.p99_seconds) : "–", "99 %"), figure(number(figures.predictions ?? 0), "predictions"),
      figure(number(endpoint.labels ?? 0), "labels"), figure(number(refused), "refused", refused ? "some" : null)),
    sparkline(traffic.get(endpoint.name).rates),
    element("p", {class: "quiet"}, link(endpoint.urls.openapi, `POST ${endpoint.urls.predict}`), " counters since the server started"));
}

const outcomes = {promoted: "", held: "warn", rolled_back: "bad", failed: "bad", rejected: "bad", running: "warn", training: "warn", canary: "warn"};

/** What came of it: the verdict's interval and figures, or the reason there is none. */
function outcomeOf(turn) {
  const verdict = turn.canary?.verdict;
  if (!verdict?.n) return turn.outcome ? element("p", {class: "quiet"}, shortened(turn.outcome)) : null;
  const metric = verdict.metric.replace("_", " ");
  return element("div", {class: "verdict"}, interval(verdict),
    element("span", {}, `${metric} ${number(verdict.candidate)} of ${turn.candidate}, ${number(verdict.champion)} of ${turn.champion}, on ${number(verdict.n)} rows`));
}

/** Cycles, and canaries that no cycle began, newest first. */
function turns(cycles, canaries) {
  const rows = cycles.map(cycle => ({
    cycle: cycle.id, at: cycle.started_at, when: cycle.event_time, endpoint: cycle.endpoint, why: cycle.trigger.reason || cycle.trigger.kind, champion: cycle.champion,
    candidate: cycle.candidate, state: cycle.state, outcome: cycle.outcome, canary: canaries.find(one => one.id === cycle.canary)}));
  const known = new Set(cycles.map(cycle => cycle.canary));
  for (const canary of canaries) {
    if (known.has(canary.id)) continue;
    rows.push({at: canary.started_at, when: canary.started_event_time, endpoint: canary.endpoint, why: `canary of ${canary.actor}`, champion: canary.champion,
      candidate: canary.candidate, state: canary.state, outcome: canary.reason, canary});
  }
  return rows.sort((a, b) => b.at.localeCompare(a.at));
}

const turnItem = turn => element("li", {}, chip(turn.state.replace("_", " "), outcomes[turn.state] ?? "warn"), " ",
  turn.cycle ? link(`/api/v1/cycles/${turn.cycle}`, point(turn.when)) : point(turn.when), ` ${turn.endpoint}: `,
  turn.candidate ? `${turn.candidate} against ${turn.champion}` : `${turn.champion} trained again`,
  element("p", {class: "quiet"}, shortened(turn.why)), outcomeOf(turn));

function stepStrip(steps) {
  const stateOf = step => step.cached ? "cached" : step.state;
  const counts = new Map();
  for (const step of steps) counts.set(stateOf(step), (counts.get(stateOf(step)) ?? 0) + 1);
  return element("div", {class: "strip", role: "img", "aria-label": [...counts].map(([state, count]) => `${count} ${state}`).join(", ")},
    ...steps.map(step => element("i", {class: stateOf(step), title: `${step.name}: ${stateOf(step)}`})));
}

const alarmItem = alarm => element("li", {}, chip(alarm.kind, "warn"), " ", link(`/api/v1/alarms/${alarm.id}`, point(alarm.event_time)), ` ${alarm.endpoint}`,
  element("p", {class: "quiet"}, shortened(alarm.reason)));

const runStates = {succeeded: "", failed: "bad", cancelled: "bad", running: "warn", pending: "warn"};

function runRow(run) {
  const seconds = run.finished_at ? (Date.parse(run.finished_at) - Date.parse(run.created_at)) / 1000 : null;
  return [{text: link(`/api/v1/pipeline-runs/${run.id}`, run.id.slice(0, 8)), class: "mono"}, run.pipeline, stepStrip(run.steps),
    chip(run.state, runStates[run.state] ?? "warn"), {text: seconds === null ? "" : duration(seconds), class: "short"},
    {text: shortened(run.error?.message ?? run.trigger.reason ?? ""), class: "long"}];
}

function modelRow(model) {
  const aliases = Object.entries(model.aliases);
  return [{text: model.name, class: "short"}, model.latest_version ? versionChip(`${model.name}/${model.latest_version}`) : "no versions",
    element("span", {}, ...aliases.flatMap(([alias, version]) => [chip(`${alias} ${version}`), " "])), {text: moment(model.updated_at ?? model.created_at), class: "short"}];
}

async function refresh() {
  const [endpoints, windows, cycles, canaries, alarms, runs, models, datasets] = (await Promise.all([
    get("/api/v1/endpoints"), get("/api/v1/windows?limit=60"), get("/api/v1/cycles?limit=20"), get("/api/v1/canaries?limit=50"), get("/api/v1/alarms?limit=10"),
    get("/api/v1/pipeline-runs?limit=10&outputs=false"), get("/api/v1/models"), get("/api/v1/datasets")])).map(answer => Object.values(answer)[0]);

  const nothing = !endpoints.length && !runs.length && !models.length && !datasets.length;
  document.getElementById("welcome").hidden = !nothing;
  for (const section of document.querySelectorAll("main section:not(#welcome)")) section.hidden = nothing;

  show("endpoints", ...(endpoints.length ? endpoints.map(endpoint => endpointCard(endpoint, windows)) : [empty("No endpoint yet. gyre deploy MODEL/VERSION --endpoint NAME makes one.")]));
  const names = [...new Set(windows.map(window => window.endpoint))];
  show("drift", ...(names.length ? names.map(name => heatmap(name, windows.filter(window => window.endpoint === name))) : [empty("No window has closed yet: one does once traffic from behind its end has come.")]));
  const all = turns(cycles, canaries);
  show("turns", all.length ? element("ol", {class: "items"}, ...all.map(turnItem)) : empty("The loop has not turned yet."));
  show("alarms", alarms.length ? element("ol", {class: "items"}, ...alarms.map(alarmItem)) : empty("No alarm."));
  show("runs", runs.length ? table("Pipeline runs", ["Run", "Pipeline", "Steps", "State", "Took", "Why"], runs.map(runRow)) : empty("Nothing has run yet. gyre run --project DIR starts a pipeline."));
  show("models", models.length ? table("Models", ["Model", "Newest", "Aliases", "Updated"], models.map(modelRow)) : empty("No model yet."));
  show("datasets", datasets.length ? table("Datasets", ["Dataset", "Versions", "Rows", "Updated"], datasets.slice(0, MAX_DATASETS).map(dataset =>
    [{text: link(`/api/v1/datasets/${encodeURIComponent(dataset.name)}`, dataset.name), class: "short"}, number(dataset.latest.number), number(dataset.latest.rows), {text: moment(dataset.updated_at), class: "short"}]))
    : empty("No dataset yet."));
}

async function tick() {
  const status = document.getElementById("status");
  const trouble = document.getElementById("trouble");
  let state = "ready";
  try {
    if (!document.hidden) {
      await refresh();
      answeredAt = new Date();
    }
  } catch (error) {
    state = "no answer";
    trouble.textContent = `${error.message}. ${answeredAt ? `What you see is of ${answeredAt.toLocaleTimeString("en-GB")}` : "There is nothing to show yet"}; trying again.`;
  }
  if (status.textContent !== state) status.textContent = state;
  status.classList.toggle("ready", state === "ready");
  trouble.hidden = state === "ready";
  document.body.classList.toggle("stale", state !== "ready");
  setTimeout(tick, REFRESH_MS);
}

fetch("/api/v1/version").then(response => response.text()).then(version => { document.getElementById("version").textContent = `Gyre ${version}`; }).catch(() => {});
tick();
