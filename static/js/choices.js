/* Keyboard selection in a dialog: a search ([data-filter]) over choices ([data-choice], each with a checkbox or radio
   button) in groups ([data-choices]). Used by the desk and the supervision page: weniChoices(dialog) adds listeners and
   returns a function to call when the dialog has new content; and by pages with one such form ([data-choices-page]).

   If there are more choices than the page holds, [data-found] has a URL ([data-search]) that returns the matches.
   Selected choices stay selected, whatever it returns. Where there are segments ([data-segment-button]), one group
   ([data-segment]) is shown at a time: the chosen one, or the one with a match. */
(() => {
  "use strict";

  const { fold, holds } = window.weniText;

  window.weniChoices = (dialog) => {
    /* Typing filters the choices; selected ones stay visible. Enter selects the only or first match. */
    const filter = (input) => {
      if (!input) return;
      if (dialog.querySelector("[data-search]")) {
        search(input);
        return;
      }
      let shown = 0;
      for (const choice of dialog.querySelectorAll("[data-choice]")) {
        const chosen = choice.querySelector("input").checked;
        choice.hidden = !chosen && !holds(choice.dataset.choice, input.value);
        if (!choice.hidden) shown += 1;
      }
      for (const group of dialog.querySelectorAll("[data-choices]:not([data-segment])")) {
        group.hidden = !group.querySelector("[data-choice]:not([hidden])");
      }
      arrange();
      const none = dialog.querySelector("[data-none]");
      if (none) none.hidden = shown > 0;
      mark();
    };

    /* The segments: how many match in each, and which one is shown. */
    const buttons = () => [...dialog.querySelectorAll("[data-segment-button]")];
    const groupOf = (button) => dialog.querySelector(`[data-segment="${button.dataset.segmentButton}"]`);

    const arrange = (asked = null) => {
      if (!buttons().length) return;
      const typed = Boolean(dialog.querySelector("[data-filter]")?.value.trim());
      const matches = (button) => groupOf(button).querySelectorAll("[data-choice]:not([hidden], :has(input:checked))").length;
      let shown = asked ?? buttons().find((button) => button.getAttribute("aria-pressed") === "true");
      if (!asked && typed && !matches(shown)) shown = buttons().find(matches) ?? shown;
      for (const button of buttons()) {
        button.setAttribute("aria-pressed", String(button === shown));
        groupOf(button).hidden = button !== shown;
        const number = button.querySelector("[data-segment-count]");
        number.textContent = String(matches(button));
        number.hidden = !typed;
      }
    };

    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("[data-segment-button]");
      if (!button) return;
      arrange(button);
      mark();
    });

    const mark = () => {
      const next = nextChoice();
      for (const choice of dialog.querySelectorAll("[data-choice]")) choice.toggleAttribute("data-next", choice === next);
    };

    /* Queries the server shortly after the last keystroke. Pending earlier queries are ignored. */
    let timer = 0;
    let asking = null;
    let answered = Promise.resolve();

    const search = (input, delay = 120) => {
      clearTimeout(timer);
      asking?.abort();
      const asked = (asking = new AbortController());
      answered = new Promise((done) => {
        const ask = () => fetchFound(input, asked).finally(done);
        timer = setTimeout(ask, delay);
        // Callers that can't wait for the delay query at once.
        asked.now = () => {
          clearTimeout(timer);
          asked.now = () => {};
          ask();
        };
        asked.signal.addEventListener("abort", done);
      });
    };

    const fetchFound = async (input, asked) => {
      asked.now = () => {};
      const place = dialog.querySelector("[data-search]");
      if (!place) return;
      const failed = dialog.querySelector("[data-search-failed]");
      const query = new URLSearchParams({ filter: input.value.trim() });
      for (const chosen of place.querySelectorAll("[data-choice] input:checked")) query.append(chosen.name, chosen.value);
      place.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(`${place.dataset.search}&${query}`, {
          headers: { "X-Requested-With": "choices" },
          cache: "no-store",
          signal: asked.signal,
        });
        if (!response.ok || response.redirected) throw new Error(String(response.status));
        const content = document.createElement("template");
        content.innerHTML = await response.text();
        if (asked !== asking || !place.isConnected) return;
        put(place, content.content);
        failed.hidden = true;
      } catch {
        if (asked !== asking || !place.isConnected) return;
        failed.hidden = false;
      }
      place.removeAttribute("aria-busy");
    };

    /* Inserts the results. Choices selected in the meantime stay selected. */
    const put = (place, content) => {
      const focused = place.contains(document.activeElement) ? document.activeElement.value : null;
      const chosen = new Map();
      for (const choice of place.querySelectorAll("[data-choice]:has(input:checked)")) chosen.set(choice.querySelector("input").value, choice);
      place.replaceChildren(content);
      for (const input of place.querySelectorAll("[data-choice] input")) input.checked = chosen.delete(input.value);
      for (const [value, choice] of chosen) {
        const segment = value.startsWith("agent:") ? "people" : "queues";
        (place.querySelector(`[data-segment="${segment}"]`) ?? place.querySelector("[data-choices]") ?? place).prepend(choice);
      }
      arrange();
      if (focused !== null) ([...place.querySelectorAll("input")].find((input) => input.value === focused) ?? dialog.querySelector("[data-filter]")).focus();
      dialog.querySelector("[data-search-said]").textContent = place.querySelector("[data-said]")?.dataset.said ?? "";
      mark();
      count();
    };

    /* What Enter selects after typing: the first choice with that prefix, else the first match. */
    const usable = (choice) => !choice.closest("[hidden]") && !choice.querySelector("input").disabled;
    const choices = () => [...dialog.querySelectorAll("[data-choice]")].filter(usable);

    const nextChoice = () => {
      const wanted = fold(dialog.querySelector("[data-filter]")?.value ?? "");
      if (!wanted) return null;
      const left = choices().filter((choice) => !choice.querySelector("input").checked);
      return left.find((choice) => fold(choice.dataset.choice).startsWith(wanted)) ?? left[0] ?? null;
    };

    const choose = (choice) => {
      const input = choice.querySelector("input");
      input.checked = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };

    /* Arrow keys move from the search into the choices, through them, and back. */
    const step = (event) => {
      const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const search = dialog.querySelector("[data-filter]");
      const here = event.target.closest("[data-choice]");
      if (!way || !search || !(here || event.target === search)) return false;
      const all = choices();
      const to = here ? all[all.indexOf(here) + way] : way > 0 ? all[0] : null;
      if (!to && !here) return false;
      event.preventDefault();
      const input = to?.querySelector("input");
      (input ?? (way < 0 ? search : event.target)).focus();
      if (input?.type === "radio") choose(to);
      return true;
    };

    /* Confirmations of a choice (over the limit, say) are asked by the form that it submits. */
    const asks = () => {
      const form = dialog.querySelector("form[data-act]");
      if (!form) return;
      const question = dialog.querySelector("[data-choice] input:checked[data-asks]")?.dataset.asks;
      if (question) form.dataset.confirm = question;
      else delete form.dataset.confirm;
    };

    const count = () => {
      const output = dialog.querySelector("[data-count]");
      if (!output) return;
      const chosen = dialog.querySelectorAll("[data-choice] input:checked").length;
      output.textContent = String(chosen);
      output.hidden = !chosen;
    };

    dialog.addEventListener("input", (event) => event.target.matches("[data-filter]") && filter(event.target));
    dialog.addEventListener("change", () => {
      count();
      asks();
    });

    let held = false;
    let again = false;

    const send = (form) => form.requestSubmit(form.querySelector("[data-send]"));

    dialog.addEventListener("keydown", async (event) => {
      const form = dialog.querySelector("form[data-act]");
      const searching = event.target.matches("[data-filter]");
      const both = event.ctrlKey || event.metaKey;
      if (held && event.key === "Enter") {
        event.preventDefault();
        again = true;
        return;
      }
      if (!form || step(event) || event.key !== "Enter" || !(both || searching)) return;
      event.preventDefault();
      const input = event.target;
      const typed = searching && input.value.trim();
      if (typed && dialog.querySelector("[data-search]")) {
        // Enter applies to the current text, not to earlier results still shown: it waits for the response.
        held = true;
        for (let before = null; before !== answered; ) {
          before = answered;
          asking?.now?.();
          await before;
        }
        held = false;
        if (!input.isConnected || !dialog.querySelector("[data-search-failed]").hidden) {
          again = false;
          return;
        }
      }
      const next = typed ? nextChoice() : null;
      if (next) {
        choose(next);
        input.value = "";
        filter(input);
      }
      if (both ? next || !typed : !typed) send(form);
      if (again) {
        again = false;
        if (next) send(form);
      }
    });

    return () => {
      const input = dialog.querySelector("[data-filter]");
      clearTimeout(timer);
      asking?.abort();
      asking = null;
      // Results from the server are filtered already.
      const chosen = dialog.querySelector("[data-segment] input:checked")?.closest("[data-segment]").dataset.segment;
      arrange(buttons().find((button) => button.dataset.segmentButton === chosen));
      if (dialog.querySelector("[data-search]")) mark();
      else filter(input);
      count();
      asks();
    };
  };

  for (const page of document.querySelectorAll("[data-choices-page]")) window.weniChoices(page)();
})();
