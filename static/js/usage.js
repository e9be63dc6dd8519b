// Draws the figure by month from the data in the page; colours come from the tokens and follow the theme.
"use strict";
(() => {
  const source = document.getElementById("usage-data");
  const canvas = document.querySelector("canvas[data-usage]");
  if (!source || !canvas || typeof Chart === "undefined") return;
  const data = JSON.parse(source.textContent);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let chart = null;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const draw = () => {
    chart?.destroy();
    Chart.defaults.font.family = token("--face");
    chart = new Chart(canvas, {
      type: "bar",
      data: { labels: data.months, datasets: [{ label: data.label, data: data.values, backgroundColor: token("--chart-1"), borderRadius: 4, maxBarThickness: 40 }] },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 250 },
        scales: {
          x: { grid: { display: false }, ticks: { color: token("--ink-2"), maxRotation: 0, autoSkipPadding: 12 } },
          y: { beginAtZero: true, grid: { color: token("--line") }, border: { display: false }, ticks: { color: token("--ink-2"), precision: 0 } },
        },
        plugins: { legend: { display: false } },
      },
    });
  };

  draw();
  document.documentElement.addEventListener("theme:change", draw);
})();
