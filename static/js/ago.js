/* Keeps relative times ("3 min") current: every <time data-ago> below an element, in the page's language. Its data-ago
   says what to show in the first minute, where that isn't "now". */
(() => {
  "use strict";

  const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
  const language = document.documentElement.lang || "en";

  window.weniAgo = (root, now) => {
    const at = Date.now();
    for (const time of root.querySelectorAll("time[data-ago]")) {
      const seconds = Math.max(0, (at - Date.parse(time.dateTime)) / 1_000);
      const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? UNITS[2];
      const value = Math.floor(seconds / size);
      const text = value || unit !== "minute" ? new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value) : time.dataset.ago || now;
      if (time.textContent !== text) time.textContent = text;
    }
  };
})();
