"use strict";
// Draws the three charts from the JSON API; the page is complete without it.
(() => {
  const athlete = document.body.dataset.athlete, complete = () => { document.body.dataset.ready = "yes"; };
  if (!athlete || !document.getElementById("load")) return complete();
  const api = path => fetch(`api/v1/athletes/${encodeURIComponent(athlete)}/${path}`).then(r => r.ok ? r.json() : Promise.reject(r.status));
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const noon = date => Date.parse(date + "T12:00:00Z") / 1000;
  const part = options => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  const dayMonth = part({ day: "numeric", month: "short" }), full = part({ weekday: "short", day: "numeric", month: "short" });
  const whole = v => v == null ? "–" : v.toFixed(0).replace(/^-0$/, "0").replace("-", "−");
  const known = v => v != null;
  const charts = [];

  const axis = more => ({ stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif", ...more });
  const line = (label, colour, more) => ({ label, stroke: css(colour), width: 2, spanGaps: true, points: { show: false }, value: (u, v) => whole(v), ...more });
  const edge = colour => ({ class: "edge", stroke: "transparent", width: 0, spanGaps: true, points: { show: false }, fill: css(colour) });
  const dots = (label, colour, more) => line(label, colour, { width: 0, points: { show: true, size: 6, fill: css(colour) }, paths: () => null, ...more });

  // The legend shows the newest values until the pointer asks for a day.
  const newest = data => data.map(s => Math.max(0, s.findLastIndex(known)));
  const rest = u => { if (u.cursor.idx == null) u.setLegend({ idxs: newest(u.data) }, false); };

  function draw(id, note, data, series, bands = []) {
    const box = document.getElementById(id);
    if (!data.slice(1).some(s => s.some(known))) {
      box.classList.add("blank");
      box.dataset.note = note;
      return;
    }
    const size = () => ({ width: box.clientWidth, height: 200 });
    const plot = new uPlot({
      ...size(), bands, tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC"), padding: [8, 12, 0, 0],
      cursor: { drag: { x: false, y: false } }, hooks: { setCursor: [rest], ready: [rest] },
      scales: { x: { time: true } },
      axes: [axis({ size: 26, space: 70, values: (u, ticks) => ticks.map(t => dayMonth.format(t * 1e3)) }), axis({ size: 36, values: (u, ticks) => ticks.map(whole) })],
      series: [{ label: "Day", value: (u, t) => t == null ? "–" : full.format(t * 1e3) }, ...series],
    }, data, box);
    charts.push(() => plot.setSize(size()));
  }

  function resting(days) {
    const rhr = days.map(d => d.values.rhr_bpm ?? null), delta = days.map(d => d.values.rhr_delta_bpm ?? null);
    const usual = rhr.map((v, i) => v == null || delta[i] == null ? null : v - delta[i]);
    let last = null; // a day that is exactly usual does not tell the spread
    const spread = days.map((d, i) => last = delta[i] && d.values.rhr_z ? delta[i] / d.values.rhr_z : last);
    const shifted = sign => usual.map((v, i) => v == null || spread[i] == null ? null : v + sign * spread[i]);
    draw("rhr", "No resting heart rate yet: note it in the check-in on waking.",
      [days.map(d => noon(d.date)), shifted(1), shifted(-1), usual, rhr],
      [edge("--band"), edge("--band"), line("usual", "--c", { dash: [6, 4], width: 1.5 }), line("resting", "--a", { points: { show: true, size: 4 } })],
      [{ series: [1, 2], fill: css("--band") }]);
  }

  function recovery(days, runs) {
    const at = new Map(days.map(d => [noon(d.date), [null, null, d.values.hrr_expected_bpm ?? null]]));
    for (const r of runs.filter(r => !r.duplicate_of)) {
      const row = at.get(noon(r.date)) ?? [null, null, null];
      row[0] = r.values.hrr60_bpm ?? row[0];
      row[1] = r.values.hrr120_device_bpm ?? row[1];
      at.set(noon(r.date), row);
    }
    const x = [...at.keys()].sort((a, b) => a - b), column = i => x.map(k => at.get(k)[i]);
    const data = [x, column(2), column(0)], series = [line("expected", "--c", { dash: [6, 4], width: 1.5 }), dots("in one minute", "--a")];
    if (column(1).some(known)) { data.push(column(1)); series.push(dots("in two minutes, by the watch", "--b", { show: false })); }
    draw("hrr", "No recovery recorded yet: keep the watch recording while you walk three minutes after a run.", data.some((s, i) => i > 1 && s.some(known)) ? data : [x, []], series);
  }

  function load(days) {
    const of = name => days.map(d => d.values[name] ?? null);
    draw("load", "Two weeks of activities make the first point.", [days.map(d => noon(d.date)), of("tsb"), of("atl"), of("ctl")],
      [line("form", "--c", { width: 1.5, fill: css("--form"), fillTo: 0 }), line("fatigue", "--b"), line("fitness", "--a")]);
  }

  Promise.all([api("days"), api("runs")])
    .then(([days, runs]) => { resting(days); recovery(days, runs); load(days); })
    .catch(() => document.querySelectorAll(".chart:empty").forEach(box => { box.classList.add("blank"); box.dataset.note = "The numbers cannot be read just now: reload the page."; }))
    .finally(complete);
  addEventListener("resize", () => charts.forEach(f => f()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());

  // A file dropped while the page is open changes it.
  const stamp = () => api("verdict").then(v => JSON.stringify(v), () => null);
  let shown = null;
  stamp().then(s => { shown = s; });
  setInterval(() => document.hidden || stamp().then(s => { if (s && shown && s !== shown) location.reload(); }), 15000);
})();
