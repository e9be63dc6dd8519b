/* One's own tickets: searched, only the unanswered ones, and in another order; in the page, which holds all of them.
   The list that the server sends is the longest unanswered first. Order and filter are kept in the browser. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const SHORTEST = 3;  // digits of a part of a phone number, as in core/phone_numbers.py
  const KEY = `weni:desk:list:${desk.me}`;
  const tools = () => desk.part("list-tools");
  const own = () => desk.part("worklist").querySelector("[data-own-tickets]");

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  };

  const choice = { order: "unanswered", only: false, ...kept() };

  const keep = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(choice));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };

  const textOf = (item) => [item.dataset.words, ...[...item.querySelectorAll(".ticket__name, .ticket__preview, .ticket__meta")].map((part) => part.textContent)].join(" ");
  const words = () => tools()?.querySelector("[data-list-search]").value.trim() ?? "";

  /* The digits of what looks like a phone number or a part of one, however it is written. */
  const digitsOf = (query) => {
    const folded = window.weniText.fold(query);
    const digits = folded.replace(/\D/g, "").replace(/^0+/, "");
    return /^[\d\s()+./-]+$/.test(folded) && digits.length >= SHORTEST ? digits : "";
  };

  const holds = (item, query, digits) =>
    window.weniText.holds(textOf(item), query) || Boolean(digits && item.dataset.numbers?.split(" ").some((number) => number.includes(digits)));

  const apply = () => {
    const list = own();
    if (!list || !tools()) return;
    const rows = [...list.querySelectorAll("[data-mine]")].map((item) => ({ item, row: item.closest("li") }));
    const wanted = words();
    // What can't be searched needs no search; one that is under way stays.
    tools().hidden = rows.length < 2 && !wanted && !choice.only;
    if (choice.order === "last") {
      const held = list.contains(document.activeElement) ? document.activeElement : null;
      rows.sort((one, other) => Date.parse(other.item.dataset.last) - Date.parse(one.item.dataset.last));
      list.prepend(...rows.map(({ row }) => row));
      held?.focus({ preventScroll: true });
    }
    const digits = digitsOf(wanted);
    let shown = 0;
    for (const { item, row } of rows) {
      row.hidden = (choice.only && !item.dataset.unanswered) || !holds(item, wanted, digits);
      if (!row.hidden) shown += 1;
    }
    list.querySelector("[data-none-found]").hidden = !rows.length || shown > 0;
    const only = tools().querySelector("[data-do=only-unanswered]");
    only.setAttribute("aria-pressed", String(choice.only));
    tools().querySelector("[data-list-order]").value = choice.order;
    desk.rove();
  };

  desk.acts["only-unanswered"] = () => {
    choice.only = !choice.only;
    keep();
    apply();
  };

  desk.root.addEventListener("input", (event) => event.target.matches("[data-list-search]") && apply());

  desk.root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-list-order]")) return;
    choice.order = event.target.value;
    keep();
    // The server's order is the other one.
    if (choice.order === "unanswered") desk.refreshList();
    else apply();
  });

  /* Escape empties the search; Enter opens the first ticket found. */
  desk.root.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-list-search]")) return;
    if (event.key === "Escape" && event.target.value) {
      event.preventDefault();
      event.stopPropagation();
      event.target.value = "";
      apply();
    } else if (event.key === "Enter" && words()) {
      event.preventDefault();
      const first = own()?.querySelector("li:not([hidden]) [data-mine]");
      if (first) desk.open(first.dataset.ticket);
    }
  });

  const changed = desk.listChanged;
  desk.listChanged = () => {
    changed?.();
    apply();
  };
})();
