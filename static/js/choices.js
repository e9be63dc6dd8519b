/* Choosing by keys in a dialog: a search ([data-filter]) over choices ([data-choice], each with a checkbox or radio
   button) in groups ([data-choices]). Used by the desk and the page of lines: weniChoices(dialog) listens and returns
   what to call when the dialog has new content. */
(() => {
  "use strict";

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  window.weniChoices = (dialog) => {
    /* Typing narrows the choices; what is chosen stays in sight. Enter chooses the only or first one left. */
    const filter = (input) => {
      if (!input) return;
      const wanted = plain(input.value.trim());
      let shown = 0;
      for (const choice of dialog.querySelectorAll("[data-choice]")) {
        const chosen = choice.querySelector("input").checked;
        choice.hidden = !chosen && !plain(choice.dataset.choice).includes(wanted);
        if (!choice.hidden) shown += 1;
      }
      for (const group of dialog.querySelectorAll("[data-choices]")) {
        group.hidden = !group.querySelector("[data-choice]:not([hidden])");
      }
      const none = dialog.querySelector("[data-none]");
      if (none) none.hidden = shown > 0;
      const next = nextChoice();
      for (const choice of dialog.querySelectorAll("[data-choice]")) choice.toggleAttribute("data-next", choice === next);
    };

    /* What Enter chooses while something is typed: the first that begins so, else the first that is left. */
    const usable = (choice) => !choice.closest("[hidden]") && !choice.querySelector("input").disabled;
    const choices = () => [...dialog.querySelectorAll("[data-choice]")].filter(usable);

    const nextChoice = () => {
      const wanted = plain(dialog.querySelector("[data-filter]")?.value.trim() ?? "");
      if (!wanted) return null;
      const left = choices().filter((choice) => !choice.querySelector("input").checked);
      return left.find((choice) => plain(choice.dataset.choice).startsWith(wanted)) ?? left[0] ?? null;
    };

    const choose = (choice) => {
      const input = choice.querySelector("input");
      input.checked = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };

    /* Arrows go from the search into the choices, through them, and back. */
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

    /* What a choice asks before it is done (over the limit, say) is asked by the form that does it. */
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

    dialog.addEventListener("keydown", (event) => {
      const form = dialog.querySelector("form[data-act]");
      const searching = event.target.matches("[data-filter]");
      const both = event.ctrlKey || event.metaKey;
      if (!form || step(event) || event.key !== "Enter" || !(both || searching)) return;
      event.preventDefault();
      const typed = searching && event.target.value.trim();
      const next = typed ? nextChoice() : null;
      if (next) {
        choose(next);
        event.target.value = "";
        filter(event.target);
      }
      if (both ? next || !typed : !typed) form.requestSubmit();
    });

    return () => {
      filter(dialog.querySelector("[data-filter]"));
      count();
      asks();
    };
  };
})();
