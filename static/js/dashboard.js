// Draws the dashboard's charts from the data in the page; colours come from the tokens and follow the theme.
"use strict";
(() => {
  if (typeof Chart === "undefined") return;
  let data = null;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let charts = [];

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const days = (canvas) =>
    new Chart(canvas, {
      data: {
        labels: data.days,
        datasets: [
          { type: "line", label: data.words.opened, data: data.opened, borderColor: token("--chart-2"), backgroundColor: token("--chart-2"), borderWidth: 2, pointRadius: data.days.length > 45 ? 0 : 2 },
          { type: "bar", label: data.words.closed, data: data.closed, backgroundColor: token("--chart-1"), borderRadius: 3, maxBarThickness: 28 },
        ],
      },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, ticks: { color: token("--ink-2"), maxRotation: 0, autoSkipPadding: 16 } },
          y: { beginAtZero: true, grid: { color: token("--line") }, border: { display: false }, ticks: { color: token("--ink-2"), precision: 0 } },
        },
        plugins: { legend: { align: "start", labels: { color: token("--ink-2"), boxWidth: 14, boxHeight: 8 } } },
      },
    });

  // The names have at most 40 % of the chart; what is longer loses its end, the table has it whole.
  const shortened = (canvas) => {
    const longest = Math.max(12, Math.floor((canvas.parentElement.clientWidth * 0.4) / 6.5));
    return (_value, index) => {
      const name = data.tags[index];
      return name.length > longest ? `${name.slice(0, longest - 1).trimEnd()}…` : name;
    };
  };

  const tags = (canvas) =>
    new Chart(canvas, {
      type: "bar",
      data: { labels: data.tags, datasets: [{ label: data.words.tickets, data: data.tag_counts, backgroundColor: token("--chart-1"), borderRadius: 4, maxBarThickness: 18 }] },
      options: {
        indexAxis: "y",
        scales: {
          x: { beginAtZero: true, grid: { color: token("--line") }, border: { display: false }, ticks: { color: token("--ink-2"), precision: 0 } },
          y: { grid: { display: false }, ticks: { color: token("--ink-2"), autoSkip: false, callback: shortened(canvas) } },
        },
        plugins: { legend: { display: false } },
      },
    });

  const kinds = { days, tags };

  const draw = () => {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    const source = document.getElementById("chart-data");
    if (!source) return;
    data = JSON.parse(source.textContent);
    Chart.defaults.font.family = token("--face");
    Chart.defaults.maintainAspectRatio = false;
    Chart.defaults.animation = still ? false : { duration: 250 };
    charts = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => kinds[canvas.dataset.chart](canvas));
  };

  draw();
  document.documentElement.addEventListener("theme:change", draw);
  document.addEventListener("filters:applied", draw);
})();
