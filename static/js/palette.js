/* The command palette (docs/desk.md, Command palette): Ctrl+K or the search button of the bar. The server finds
   tickets, contacts, sectors and pages; actions of the current page are its elements with data-command, which holds
   their label. The focus stays in the field; aria-activedescendant marks the active option. */
(() => {
  "use strict";

  const dialog = document.querySelector("#palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[data-palette-list]");
  const none = dialog.querySelector("[data-palette-none]");
  const failed = dialog.querySelector("[data-palette-failed]");
  const WAIT = 120;
  let asked = 0;
  let timer = 0;
  let found = "";

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const commands = () => {
    const elements = [...document.querySelectorAll("[data-command]")].filter(
      (element) => !element.disabled && !element.closest("[hidden], dialog") && window.weniText.holds(element.dataset.command, input.value),
    );
    if (!elements.length) return "";
    const group = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
    const pattern = group.querySelector("[role=option]");
    pattern.remove();
    elements.slice(0, 8).forEach((element, index) => {
      const option = pattern.cloneNode(true);
      option.id = `palette-command-${index}`;
      option.querySelector(".palette__label").textContent = element.dataset.command;
      option.addEventListener("click", () => {
        dialog.close();
        element.click();
      });
      group.append(option);
    });
    return group;
  };

  const show = () => {
    list.innerHTML = found;
    const own = commands();
    if (own) list.append(own);
    none.hidden = options().length > 0;
    choose(options()[0]);
  };

  const ask = async () => {
    const turn = ++asked;
    failed.hidden = true;
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`);
      if (turn !== asked) return;
      found = answer.ok ? await answer.text() : "";
      failed.hidden = answer.ok;
    } catch {
      if (turn !== asked) return;
      found = "";
      failed.hidden = false;
    }
    if (turn === asked) show();
  };

  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    input.value = "";
    found = "";
    window.weniLayers.openDialog(dialog);
    show();
    none.hidden = true;
    ask();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });

  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      choose(all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      chosen()?.click();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) open();
  });
})();
