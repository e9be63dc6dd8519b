/* The project switcher with many projects: typing filters them; Enter searches all of them on the home page. */
(() => {
  "use strict";
  const form = document.querySelector("[data-switcher-search]");
  if (!form) return;
  const menu = form.closest(".dropdown-menu");
  const input = form.elements.q;
  const shown = () => [...menu.querySelectorAll("li:not([hidden]) > a")];

  const filter = () => {
    for (const list of menu.querySelectorAll("ul")) {
      for (const item of list.children) {
        item.hidden = !window.weniText.holds(item.textContent, input.value);
      }
      const empty = ![...list.children].some((item) => !item.hidden);
      list.hidden = empty;
      document.getElementById(list.getAttribute("aria-labelledby")).hidden = empty;
    }
  };

  input.addEventListener("input", filter);

  input.addEventListener("keydown", (event) => {
    const items = shown();
    if (event.key === "ArrowDown" && items.length) {
      event.preventDefault();
      items[0].focus();
    } else if (event.key === "Enter" && items.length === 1) {
      event.preventDefault();
      items[0].click();
    }
  });

  form.closest(".dropdown").addEventListener("shown.bs.dropdown", () => {
    // On a phone the keyboard would cover the list.
    if (matchMedia("(hover: hover)").matches) input.focus();
  });
  form.closest(".dropdown").addEventListener("hidden.bs.dropdown", () => {
    input.value = "";
    filter();
  });
})();
