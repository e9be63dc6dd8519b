// The editor of weekly hours: adds and removes ranges, copies a day to others, marks closed days.
"use strict";
(() => {
  const week = document.querySelector("[data-week]");
  if (!week) return;
  const template = week.querySelector("template[data-week-row]");
  const days = [...week.querySelectorAll("[data-day]")];
  const rows = (day) => day.querySelector("[data-day-rows]");

  const number = (day) => {
    const name = day.dataset.dayName;
    [...rows(day).children].forEach((row, index) => {
      const [opens, closes] = row.querySelectorAll("input");
      opens.name = `opens-${day.dataset.day}`;
      closes.name = `closes-${day.dataset.day}`;
      opens.setAttribute("aria-label", `${name} ${index + 1}: ${week.dataset.opens}`);
      closes.setAttribute("aria-label", `${name} ${index + 1}: ${week.dataset.closes}`);
    });
    day.querySelector("[data-day-closed]").hidden = rows(day).children.length > 0;
  };

  const add = (day, opens = "", closes = "") => {
    const row = template.content.firstElementChild.cloneNode(true);
    const inputs = row.querySelectorAll("input");
    inputs[0].value = opens;
    inputs[1].value = closes;
    rows(day).append(row);
    number(day);
    return inputs[0];
  };

  week.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const day = button.closest("[data-day]");
    if (button.dataset.rangeAdd !== undefined) {
      const last = rows(day).lastElementChild?.querySelectorAll("input")[1].value;
      (last ? add(day, "", "") : add(day, "08:00", "18:00")).focus();
    } else if (button.dataset.rangeRemove !== undefined) {
      button.closest("[data-range]").remove();
      number(day);
      day.querySelector("[data-range-add]").focus();
    } else if (button.dataset.copyTo !== undefined) {
      const typed = [...rows(day).children].map((row) => [...row.querySelectorAll("input")].map((i) => i.value));
      const wanted = button.dataset.copyTo.split(" ");
      const others = days.filter((other) => other !== day && wanted.includes(other.dataset.day));
      for (const other of others) {
        rows(other).replaceChildren();
        typed.forEach(([opens, closes]) => add(other, opens, closes));
        number(other);
      }
      const names = others.map((other) => other.dataset.dayName).join(", ");
      const text = week.dataset.copied.replace("{day}", day.dataset.dayName).replace("{days}", names);
      weni.showToast({ text, level: "success" });
    }
  });

  const always = document.querySelector("[name=always_open]");
  const follow = () => week.toggleAttribute("hidden", always.checked);
  if (always) {
    always.addEventListener("change", follow);
    follow();
  }
  days.forEach(number);
})();
