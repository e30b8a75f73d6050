"use strict";
// Draws the pictures from the JSON API; the page says everything without it.
(() => {
  const athlete = () => document.body.dataset.athlete, page = () => document.body.dataset.page;
  const complete = () => { document.body.dataset.ready = "yes"; performance.mark("complete"); };
  const box = id => document.getElementById(id);
  const below = location.origin + location.pathname.replace(/[^/]*$/, ""); // an address with a password in it may not be fetched relatively
  const api = path => fetch(`${below}api/v1/athletes/${encodeURIComponent(athlete())}/${path}`).then(r => r.ok ? r.json() : Promise.reject(r.status));
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const noon = date => Date.parse(date + "T12:00:00Z") / 1000;
  const part = options => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  const dayMonth = part({ day: "numeric", month: "short" }), monthYear = part({ month: "short", year: "numeric" }), full = part({ weekday: "short", day: "numeric", month: "short" }), dated = part({ day: "numeric", month: "short", year: "numeric" });
  const day = 86400, incrs = [...[1, 2, 3, 4, 5, 7, 10, 15].map(n => n * day), ...[1, 2, 3, 4, 6].map(n => n * 30 * day), ...[1, 2, 5, 10].map(n => n * 365 * day)];
  const years = times => times.at(-1) - times[0] > 200 * day;
  const fixed = (v, decimals) => v.toFixed(decimals).replace(/^-(0(\.0+)?)$/, "$1").replace("-", "−");
  const known = v => v != null;
  const charts = [];
  let shown = box("main").innerHTML; // as it came

  const axis = more => ({ stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif", ...more });
  // A line joins what lies no more than two weeks apart; with every gap it joins neighbours only.
  const everyGap = (u, s, i, j, gaps) => gaps;
  const longGaps = (u, s, i, j, gaps) => {
    const at = t => u.valToPos(u.scales.x.min + t, "x", true), room = at(15 * day) - at(0);
    return gaps.filter(([from, to]) => to - from > room);
  };
  // What has no neighbour to be joined with is a point.
  const near = (x, list, i, step) => {
    for (let k = i + step; Math.abs(x[k] - x[i]) <= 15 * day; k += step) if (known(list[k])) return true;
    return false;
  };
  const alone = (u, s, all) => all ? null : u.data[s].flatMap((v, i, list) => known(v) && !near(u.data[0], list, i, -1) && !near(u.data[0], list, i, 1) ? [i] : []);
  const single = { show: false, filter: alone, size: 4 };
  const line = (label, colour, more) => ({ label, stroke: css(colour), width: 2, gaps: longGaps, points: { ...single, fill: css(colour) }, ...more });
  const edge = { class: "edge", stroke: "transparent", width: 0, gaps: longGaps, points: { show: false } }; // filled by the band between two
  const dots = (label, colour, more) => line(label, colour, { width: 0, points: { show: true, size: 6, fill: css(colour) }, paths: () => null, class: "dots", ...more });

  // The legend shows the newest values until the pointer asks for others, with
  // their time where it is not that of the newest point.
  const newest = data => data.map(s => Math.max(0, s.findLastIndex(known)));
  const rest = u => { if (u.cursor.idx == null) u.setLegend({ idxs: newest(u.data) }, false); };
  const value = (kind, { unit = "", decimals = 0 }) => (u, v, s, i) => {
    if (v == null) return "–";
    const older = u.cursor.idx == null && i < u.data[0].length - 1;
    return fixed(v, decimals) + (unit && " " + unit) + (older ? ` (${kind.at(u.data[0][i], u)})` : "");
  };

  const days = {
    x: { label: "Day", value: (u, t) => t == null ? "–" : (years(u.data[0]) ? dated : full).format(t * 1e3) },
    axis: { size: 26, space: 70, incrs, values: (u, ticks) => ticks.map(t => (years(ticks) ? monthYear : dayMonth).format(t * 1e3)) },
    at: (t, u) => (years(u.data[0]) ? dated : dayMonth).format(t * 1e3),
    week: 7, // points
    time: true,
  };
  const weeks = { ...days, x: { label: "Week", value: (u, t) => t == null ? "–" : "Week of " + dated.format(t * 1e3) }, week: 1 };
  const clock = s => { const n = Math.abs(Math.round(s)), two = v => String(v).padStart(2, "0"); return (s < 0 ? "−" : "") + (n < 3600 ? `${Math.floor(n / 60)}:${two(n % 60)}` : `${Math.floor(n / 3600)}:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`); };
  const seconds = {
    x: { label: "Time", value: (u, t) => t == null ? "–" : clock(t) },
    axis: { size: 26, space: 60, incrs: [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400], values: (u, ticks) => ticks.map(clock) },
    at: clock,
    time: false,
  };

  function note(id, text) {
    box(id).classList.add("blank");
    box(id).dataset.note = text;
  }

  function draw(id, kind, missing, data, series, more = {}) {
    if (!data.slice(1).some(s => s.some(known))) return note(id, missing);
    const size = () => ({ width: box(id).clientWidth, height: 200 });
    const { hooks = {}, scales = {}, ...others } = more;
    const plot = new uPlot({
      ...size(), tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC"), padding: [8, 20, 0, 0],
      cursor: { drag: { x: false, y: false } }, hooks: { setCursor: [rest], ready: [rest], ...hooks },
      legend: { markers: { dash: (u, i) => u.series[i].dash ? "dashed" : "solid" } },
      scales: { x: { time: kind.time }, ...scales },
      axes: [axis(kind.axis), axis({ size: 36, values: (u, ticks, a, room, step) => ticks.map(t => fixed(t, step % 1 ? 1 : 0)) })],
      series: [kind.x, ...series.map(s => ({ ...s, value: value(kind, s) }))], ...others,
    }, data, box(id));
    charts.push(() => plot.setSize(size()));
  }

  // Warnings are upright dashed lines.
  const marks = times => u => {
    u.ctx.save();
    u.ctx.strokeStyle = css("--rest");
    u.ctx.setLineDash([4, 4]);
    for (const t of times) {
      const x = Math.round(u.valToPos(t, "x", true)) + .5;
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      u.ctx.beginPath(); u.ctx.moveTo(x, u.bbox.top); u.ctx.lineTo(x, u.bbox.top + u.bbox.height); u.ctx.stroke();
    }
    u.ctx.restore();
  };

  const bpm = { unit: "bpm" }, km = { unit: "km" };

  // The pictures of days: d holds one list a metric, r those of the runs.
  const dayPictures = {
    score(d, r, more) {
      draw("score", d.kind, "No verdict yet: about two weeks of files make the first.", d.readiness.some(known) ? [d.x, d.x.map(() => 75), d.readiness] : [d.x, []],
        [line("your normal", "--c", { dash: [6, 4], width: 1.5 }), line("score", "--a", { gaps: everyGap })], { scales: { y: { range: [0, 100] } }, ...more });
    },
    rhr(d, r, more) {
      const usual = d.rhr_bpm.map((v, i) => v == null || d.rhr_delta_bpm[i] == null ? null : v - d.rhr_delta_bpm[i]);
      let last = null; // a day that is exactly usual does not tell the spread
      const spread = d.x.map((_, i) => last = d.rhr_delta_bpm[i] && d.rhr_z[i] ? d.rhr_delta_bpm[i] / d.rhr_z[i] : last);
      const shifted = sign => usual.map((v, i) => v == null || spread[i] == null ? null : v + sign * spread[i]);
      const high = d.raised.some(known) ? [dots("raised", "--rest", bpm)] : [];
      draw("rhr", d.kind, "No resting heart rate yet: note it in the check-in on waking.", [d.x, shifted(1), shifted(-1), usual, d.rhr_bpm, ...high.map(() => d.raised)],
        [edge, { ...edge }, line("usual", "--c", { dash: [6, 4], width: 1.5, ...bpm }), line("resting", "--a", { ...bpm, points: { ...single, show: d.x.length < 200 } }), ...high],
        { bands: [{ series: [1, 2], fill: css("--band") }], ...more });
    },
    hrr(d, r, more) {
      const at = new Map(d.x.map((x, i) => [x, [d.hrr_expected_bpm[i], d.hrr_test_bpm[i], null]]));
      const falls = r[d.fall + "_bpm"];
      r.x.forEach((x, i) => {
        const row = at.get(x) ?? [null, null, null];
        at.set(x, [row[0], row[1], falls[i] ?? row[2]]);
      });
      const x = [...at.keys()].sort((a, b) => a - b), column = i => x.map(k => at.get(k)[i]);
      draw("hrr", d.kind, "No recovery recorded yet: keep the watch recording while you walk three minutes after a run.", falls.some(known) ? [x, ...[0, 1, 2].map(column)] : [x, []],
        [line("expected", "--c", { dash: [6, 4], width: 1.5, gaps: everyGap, ...bpm }), line("last runs", "--b", { width: 1.5, gaps: everyGap, ...bpm }), dots(fallNames[d.fall], "--a", { points: { show: true, size: x.length < 200 ? 6 : 4, fill: css("--a") }, ...bpm })], more);
    },
    load(d, r, more) {
      draw("load", d.kind, "Two weeks of activities make the first point.", [d.x, d.tsb, d.atl, d.ctl],
        [line("form", "--c", { width: 1.5, fill: css("--form"), fillTo: 0 }), line("fatigue", "--b"), line("fitness", "--a")], more);
    },
    distance(d, r, more) {
      const week = d.distance_7d_m.map(v => v == null ? null : v / 1000);
      draw("distance", d.kind, "No distance recorded yet.", [d.x, week.map((_, i) => week[i - d.kind.week] == null ? null : 1.1 * week[i - d.kind.week]), week],
        [line("10 % more than before", "--c", { dash: [6, 4], width: 1.5, ...km }), line("seven days", "--a", km)], more);
    },
    hrv(d, r, more) {
      draw("hrv", d.kind, "No HRV yet: some watches record it at night; or note it in the check-in.", [d.x, d.hrv_rmssd_ms, d.hrv_lnrmssd_7d.map(v => v == null ? null : Math.exp(v))],
        [dots("last night", "--c", { points: { show: true, size: 4, fill: css("--c") }, unit: "ms" }), line("seven days", "--a", { unit: "ms" })], more);
    },
    sleep(d, r, more) {
      const hours = { unit: "h", decimals: 1 };
      draw("sleep", d.kind, "No sleep yet: wear the watch at night, or note the hours in the check-in.", [d.x, d.sleep_h, d.sleep_7d_mean_h],
        [dots("last night", "--c", { points: { show: true, size: 4, fill: css("--c") }, ...hours }), line("seven nights", "--a", hours)], more);
    },
    hrex(d, r, more) {
      draw("hrex", d.kind, "Not yet: a few easy, steady runs of 20 minutes or more with heart rate make the first point.", [d.x, d.hrex_expected_bpm, d.hrex_test_bpm],
        [line("expected", "--c", { dash: [6, 4], width: 1.5, ...bpm }), line("at your usual pace", "--a", bpm)], more);
    },
    monotony(d, r, more) {
      const one = { decimals: 1 };
      draw("monotony", d.kind, "Two weeks of activities make the first point.", d.monotony_7d.some(known) ? [d.x, d.x.map(() => 2), d.monotony_7d] : [d.x, []],
        [line("limit", "--c", { dash: [6, 4], width: 1.5, ...one }), line("monotony", "--a", one)], more);
    },
  };
  // What each picture is drawn from, of days and of runs.
  const needs = {
    score: ["readiness"], rhr: ["rhr_bpm", "rhr_delta_bpm", "rhr_z", "rhr_state"], hrr: ["hrr_key", "hrr_expected_bpm", "hrr_test_bpm"], load: ["tsb", "atl", "ctl"], distance: ["distance_7d_m"],
    hrv: ["hrv_rmssd_ms", "hrv_lnrmssd_7d"], sleep: ["sleep_h", "sleep_7d_mean_h"], hrex: ["hrex_expected_bpm", "hrex_test_bpm"], monotony: ["monotony_7d"],
  };
  // Of more than two years a point is the mean of a week: days would be a block.
  const long = 800;
  const monday = date => { const n = Date.parse(date) / 864e5; return new Date((n - (n + 3) % 7) * 864e5).toISOString().slice(0, 10); };
  const mean = values => values.length ? values.reduce((sum, v) => sum + v, 0) / values.length : null;
  function byWeek(s) {
    const groups = new Map();
    s.date.forEach((date, i) => { const m = monday(date); groups.set(m, [...groups.get(m) ?? [], i]); });
    const means = Object.entries(s).filter(([, list]) => list.every(v => v == null || typeof v === "number"))
      .map(([name, list]) => [name, [...groups.values()].map(at => mean(at.map(i => list[i]).filter(known)))]);
    return { date: [...groups.keys()], ...Object.fromEntries(means) };
  }
  // Days whose resting heart rate is raised, however it is.
  const raised = d => d.rhr_state && { raised: d.rhr_bpm.map((v, i) => ["marked", "elevated", "drift_up"].includes(d.rhr_state[i]) ? v : null) };
  // Of the recoveries only those of the newest kind are drawn, and a line breaks where its runs no longer compare.
  const fallNames = { hrr60: "in one minute", hrr120: "in two minutes", hrr120_device: "in two minutes, by the watch", hrr60_pause: "in a pause of the timer" };
  function alike(d, r) {
    if (!d.hrr_key) return {};
    const kind = key => key?.split("/")[0];
    const fall = kind(d.hrr_key.findLast(known)) ?? Object.keys(fallNames).find(name => r[name + "_bpm"].some(known)) ?? "hrr60";
    const keep = list => list.map((v, i) => kind(d.hrr_key[i]) === fall && (d.hrr_key[i - 1] ?? d.hrr_key[i]) === d.hrr_key[i] ? v : null);
    return { fall, hrr_expected_bpm: keep(d.hrr_expected_bpm), hrr_test_bpm: keep(d.hrr_test_bpm) };
  }
  const timed = s => ({ x: s.date.map(noon), ...s });

  function dayCharts(span) {
    const columns = ["event", ...Object.keys(needs).filter(box).flatMap(id => needs[id])];
    return Promise.all([api(`series?${span}digits=5&columns=${columns}`), api(`series?${span}digits=5&kind=runs&columns=${Object.keys(fallNames).map(name => name + "_bpm")}`)]).then(([d, r]) => {
      const points = d.date.length > long ? s => ({ ...timed(byWeek(s)), kind: weeks }) : s => ({ ...timed(s), kind: days });
      const hooks = { draw: [marks(d.date.filter((_, i) => d.event[i] === "enter").map(noon))] };
      const { fall, ...lines } = alike(d, r), all = { ...points({ ...d, ...raised(d), ...lines }), fall }, runs = points(r);
      for (const [id, make] of Object.entries(dayPictures)) if (box(id)) make(all, runs, { hooks });
    });
  }

  const today = () => dayCharts("");
  const trends = () => dayCharts(`from=${box("trends").dataset.from}&to=${box("trends").dataset.to}&`);

  // What the athlete does is a shade behind the line.
  const shades = (motion, step) => u => {
    for (let from = 0, to; from < motion.length; from = to) {
      for (to = from + 1; to < motion.length && motion[to] === motion[from];) to++;
      const colour = css("--" + motion[from]);
      if (!motion[from] || !colour) continue;
      const left = u.valToPos(from * step, "x", true), right = u.valToPos(to * step, "x", true);
      u.ctx.fillStyle = colour;
      u.ctx.fillRect(left, u.bbox.top, Math.max(1, right - left), u.bbox.height);
    }
  };

  function course(c) {
    draw("course", seconds, "No heart rate in this file.", [c.hr_bpm.map((_, i) => i * c.step_s), c.hr_bpm],
      [line("heart rate", "--a", { width: 1.5, gaps: everyGap, ...bpm })], { hooks: { drawClear: [shades(c.motion, c.step_s)] } });
  }

  function fall(r) {
    if (!r) return note("fall", "No effort of five minutes before the end.");
    const x = r.hr_bpm.map((_, i) => r.from_s + i), data = [x, r.hr_bpm], series = [line("heart rate", "--a", bpm)];
    const marks = new Set([0, 30, 60, 120, 180]);
    data.push(r.hr_bpm.map((v, i) => marks.has(x[i]) ? v : null));
    series.push(dots("after 30 s, 1, 2, 3 min", "--b", bpm));
    if (r.fit) { data.push(x.map(t => t < 0 ? null : r.fit.inf_bpm + r.fit.amp_bpm * Math.exp(-t / r.fit.tau_s))); series.push(line("fitted curve", "--c", { dash: [6, 4], gaps: everyGap, ...bpm })); }
    draw("fall", seconds, "No heart rate around the end.", data, series);
  }

  const run = () => api(`runs/${encodeURIComponent(new URLSearchParams(location.search).get("id"))}/course`).then(c => { course(c); fall(c.recovery); });

  function picture() {
    charts.length = 0;
    const [id, make] = { "./": ["load", today], trends: ["trends", trends], run: ["course", run] }[page()] ?? [];
    if (!id || !box(id)) return complete();
    make().catch(() => document.querySelectorAll(".chart:empty").forEach(b => note(b.id, "The numbers cannot be read just now: reload the page."))).finally(complete);
  }
  picture();

  addEventListener("resize", () => charts.forEach(f => f()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());

  // Files may be dropped anywhere on the page that takes them.
  const over = on => e => { if (box("drop")) { e.preventDefault(); box("drop").classList.toggle("over", on); } };
  addEventListener("dragover", over(true));
  addEventListener("dragleave", over(false));
  addEventListener("drop", e => {
    over(false)(e);
    const form = box("drop");
    if (!form || !e.dataTransfer.files.length) return;
    form.elements.file.files = e.dataTransfer.files;
    form.requestSubmit();
  });

  // The routine counts down one step after the other; every step may be skipped.
  // It goes by the clock, because a phone that sleeps stops its timers.
  function guide() {
    const steps = [...document.querySelectorAll(".routine li")], phases = ["Breathe in", "Hold", "Breathe out", "Hold"];
    const length = i => Number(steps[i]?.dataset.seconds ?? 0);
    let at = 0, left = length(0), until = null, timer = null, awake = null;
    const show = () => {
      const step = steps[at], spent = length(at) - left, running = until !== null;
      steps.forEach((s, i) => { s.classList.toggle("done", i < at); i === at ? s.setAttribute("aria-current", "step") : s.removeAttribute("aria-current"); });
      const name = step ? step.querySelector("b").textContent : "Done. Well run.";
      if (box("step").textContent !== name) box("step").textContent = name;
      box("clock").textContent = length(at) ? clock(left) : "";
      box("phase").textContent = step?.dataset.breath && running ? phases[Math.floor(spent / 4) % 4] : "";
      box("go").textContent = running ? "Pause" : "Start";
      box("go").hidden = !length(at);
      box("skip").textContent = length(at) ? "Skip" : "Done";
      box("skip").hidden = !step;
    };
    const stop = () => { clearInterval(timer); until = null; awake?.then(lock => lock?.release()); awake = null; };
    const start = () => {
      until = Date.now() + left * 1000;
      timer = setInterval(tick, 250);
      awake = navigator.wakeLock?.request("screen").catch(() => null); // not every browser may
    };
    const next = () => {
      left = length(++at);
      if (!left) stop();
      if (until !== null) until += left * 1000;
      navigator.vibrate?.(200);
    };
    const tick = () => {
      while (until !== null && (left = Math.ceil((until - Date.now()) / 1000)) <= 0) next();
      show();
    };
    box("go").addEventListener("click", () => { if (until === null) start(); else stop(); show(); });
    box("skip").addEventListener("click", () => { if (until !== null) until = Date.now(); next(); show(); });
    box("guide").hidden = false;
    show();
  }
  if (box("guide")) guide();

  // What is stored changes the open page, unless somebody is filling it in.
  async function refresh() {
    if (page() === "checkin" || page() === "routine" || document.querySelector(".read") || box("drop")?.elements.file.files.length) return;
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html"), main = box("main");
    if (fresh.getElementById("main").innerHTML === shown) return;
    shown = fresh.getElementById("main").innerHTML;
    const open = [...main.querySelectorAll("details")].map(d => d.open);
    main.replaceWith(fresh.getElementById("main"));
    box("main").querySelectorAll("details").forEach((d, i) => { d.open = open[i] ?? d.open; });
    document.title = fresh.title;
    document.body.dataset.athlete = fresh.body.dataset.athlete;
    box("live").textContent = "Updated at " + new Date().toLocaleTimeString("en-GB");
    picture();
  }
  // Only a page that is looked at listens: browsers allow few connections.
  let source = null;
  function listen() {
    if (document.hidden || source) { source?.close(); source = null; }
    if (document.hidden) return;
    source = new EventSource(below + "events");
    for (const event of ["open", "change"]) source.addEventListener(event, () => refresh().catch(() => {}));
  }
  if (document.body.dataset.live) { addEventListener("visibilitychange", listen); listen(); }
})();
