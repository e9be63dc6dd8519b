/* Dialogs of the desk: closing with tags, handing on, the keys. Fetched when asked for; a refusal comes back with all
   that was chosen and typed. */
(() => {
  "use strict";

  const desk = window.weniDesk;
  if (!desk) return;

  const dialog = desk.part("dialog");

  const show = (content) => {
    dialog.replaceChildren(content);
    if (!dialog.open) dialog.showModal();
    const at = dialog.querySelector("[aria-invalid=true], [data-focus], [autofocus]");
    at?.focus();
    filter(dialog.querySelector("[data-filter]"));
    count();
  };

  const openFrom = async (path) => {
    const id = desk.openId();
    if (!id) return;
    const answer = await desk.get(desk.ticketUrl(id, path));
    if (id !== desk.openId()) return;
    if (answer.ok) show(answer.content);
    else desk.complain(answer);
  };

  desk.acts.close = () => openFrom("close/");
  desk.acts.retag = () => openFrom("retag/");
  desk.acts.transfer = () => openFrom("transfer/");
  desk.acts.keys = () => show(desk.template("keys"));

  /* Typing narrows the choices; what is chosen stays in sight. Enter chooses the only or first one left. */
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

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
  };

  const count = () => {
    const output = dialog.querySelector("[data-count]");
    if (!output) return;
    const chosen = dialog.querySelectorAll("[data-choice] input:checked").length;
    output.textContent = String(chosen);
    output.hidden = !chosen;
  };

  dialog.addEventListener("input", (event) => event.target.matches("[data-filter]") && filter(event.target));
  dialog.addEventListener("change", count);

  dialog.addEventListener("keydown", (event) => {
    const form = dialog.querySelector("form[data-act]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form?.requestSubmit();
      return;
    }
    if (event.key !== "Enter" || !event.target.matches("[data-filter]")) return;
    event.preventDefault();
    if (!event.target.value.trim()) {
      form?.requestSubmit();
      return;
    }
    const input = dialog.querySelector("[data-choice]:not([hidden]) input:not(:checked):not(:disabled)");
    if (!input) return;
    input.checked = true;
    event.target.value = "";
    filter(event.target);
    count();
  });

  desk.root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("dialog form[data-act]")) return;
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    desk.handingOn = desk.openId();
    const answer = await desk.post(form.action, new FormData(form));
    form.removeAttribute("aria-busy");
    if (answer.ok) {
      dialog.close();
      desk.toast(form.dataset.done, "success");
      // Who changes something about the ticket stays with it.
      if ("stay" in form.dataset) await Promise.all([desk.refreshFrame(), desk.refreshLines()]);
      else await desk.openNext();
    }
    desk.handingOn = "";
    if (answer.ok) return;
    if (answer.content.querySelector("form[data-act]")) {
      show(answer.content);
    } else {
      desk.complain(answer);
      if (answer.status === 404) dialog.close();
      desk.refreshFrame();
    }
  });

  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    desk.focusComposer?.();
  });
})();
