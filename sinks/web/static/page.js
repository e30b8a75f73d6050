"use strict";
// Draws the three charts from the JSON API; the page is complete without it.
(() => {
  const athlete = document.body.dataset.athlete;
  if (!athlete || !window.uPlot) return;
  const api = path => fetch(`api/v1/athletes/${encodeURIComponent(athlete)}/${path}`).then(r => r.ok ? r.json() : Promise.reject(r.status));
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const noon = date => Date.parse(date + "T12:00:00Z") / 1000;
  const charts = [];

  const axis = size => ({ stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false }, size, font: "12px system-ui" });
  function draw(id, series, data, note) {
    const box = document.getElementById(id);
    if (!data.slice(1).some(s => s.some(v => v != null))) {
      box.classList.add("blank");
      box.dataset.note = note;
      return;
    }
    box.textContent = "";
    const size = () => ({ width: box.clientWidth, height: 190 });
    const plot = new uPlot({
      ...size(), tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC"),
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: true } },
      axes: [axis(28), axis(38)],
      series: [{ value: (u, t) => t == null ? "–" : new Date(t * 1e3).toISOString().slice(0, 10) }, ...series],
    }, data, box);
    charts.push(() => plot.setSize(size()));
  }
  const line = (label, colour, more) => ({ label, stroke: css(colour), width: 2, spanGaps: true, points: { show: false }, value: (u, v) => v == null ? "–" : v.toFixed(0), ...more });
  const dots = { width: 0, points: { show: true, size: 6 }, paths: () => null };

  function render(days, runs) {
    const t = days.map(d => noon(d.date));
    const of = name => days.map(d => d.values[name] ?? null);
    const rhr = of("rhr_bpm"), delta = of("rhr_delta_bpm"), z = of("rhr_z");
    const usual = rhr.map((v, i) => v == null || delta[i] == null ? null : v - delta[i]);
    const spread = delta.map((v, i) => v == null || !z[i] ? null : v / z[i]);
    let last = null;
    const width = spread.map(s => (last = s ?? last));
    draw("rhr", [
      line("resting HR", "--a", { points: { show: true, size: 4 } }), line("usual", "--c", { dash: [6, 4] }),
      line("usual − 1 SD", "--line", { width: 1 }), line("usual + 1 SD", "--line", { width: 1 }),
    ], [t, rhr, usual, usual.map((v, i) => v == null || width[i] == null ? null : v - width[i]), usual.map((v, i) => v == null || width[i] == null ? null : v + width[i])],
    "No resting heart rate yet: note it in the check-in on waking.");

    const counted = runs.filter(r => !r.duplicate_of && (r.values.hrr60_bpm != null || r.values.hrr120_device_bpm != null));
    const at = new Map();
    days.forEach(d => at.set(noon(d.date), [null, null, d.values.hrr_expected_bpm ?? null]));
    counted.forEach(r => { const k = noon(r.values.date), row = at.get(k) ?? [null, null, null]; row[0] = r.values.hrr60_bpm ?? row[0]; row[1] = r.values.hrr120_device_bpm ?? row[1]; at.set(k, row); });
    const x = [...at.keys()].sort((a, b) => a - b), col = i => x.map(k => at.get(k)[i]);
    const series = [line("first minute", "--a", dots), line("watch event, two minutes", "--b", dots), line("expected", "--c", { dash: [6, 4] })];
    draw("hrr", series, [x, col(0), col(1), col(2)], "No recovery recorded yet: keep the watch recording while you walk three minutes after a run.");

    draw("load", [line("fitness (CTL)", "--a"), line("fatigue (ATL)", "--b"), line("form (TSB)", "--c", { dash: [6, 4] })], [t, of("ctl"), of("atl"), of("tsb")],
      "Two weeks of activities make the first point.");
  }

  const load = () => Promise.all([api("days"), api("runs")]);
  load().then(([days, runs]) => render(days, runs)).catch(() => {});
  addEventListener("resize", () => charts.forEach(f => f()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());

  // A file dropped while the page is open changes it.
  const stamp = () => api("verdict").then(v => JSON.stringify(v), () => null);
  let known = null;
  stamp().then(s => { known = s; });
  setInterval(() => stamp().then(s => { if (s && known && s !== known) location.reload(); }), 15000);
})();
