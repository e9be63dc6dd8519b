/* Resolves the theme "auto" to the device's before the first paint, so it is loaded in <head>, not deferred. The server
   renders data-bs-theme="auto" for people without a choice. */
(() => {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.bsTheme !== "auto") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const resolve = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
    root.dispatchEvent(new CustomEvent("theme:change"));
  };
  dark.addEventListener("change", resolve);
  resolve();
})();
