/* A selected role is saved in place, or after confirmation; a selected person is added to the addresses. */
(() => {
  "use strict";
  const dialog = document.querySelector("#dialog");

  const show = (html) => {
    dialog.innerHTML = html;
    window.weniLayers.openDialog(dialog);
  };

  // A row keeps its position and the focus; only what changed in it is replaced.
  const replace = (form, html) => {
    const table = document.createElement("table");
    table.innerHTML = html;
    const row = table.querySelector("tr");
    const select = form.querySelector("select");
    const focused = document.activeElement === select || document.activeElement === document.body;
    form.closest("tr").replaceWith(row);
    htmx.process(row);
    if (focused) document.getElementById(select.id)?.focus();
  };

  const save = async (form) => {
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
      });
      if (answer.redirected) window.weniSession?.check();
      const text = await answer.text();
      const go = answer.headers.get("X-Weni-Go");
      if (go) location.assign(go);
      else if (answer.headers.has("X-Weni-Ask")) show(text);
      else if (answer.ok && answer.headers.has("HX-Trigger")) {
        replace(form, text);
        weni.showToast(JSON.parse(answer.headers.get("HX-Trigger")).showToast);
      } else {
        form.reset();
        const plain = answer.headers.get("Content-Type")?.startsWith("text/plain");
        weni.showToast({ text: plain ? text : document.querySelector("#toast-template").dataset.failed, level: "danger" });
      }
    } catch {
      form.reset();
      weni.showToast({ text: document.querySelector("#toast-template").dataset.failed, level: "danger" });
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  /* Arrow keys pass other options on the way: the one they stop at counts. Enter saves at once. */
  const REST = 900;
  const waiting = new Map();
  let byKey = false;

  const later = (form, delay) => {
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => {
      waiting.delete(form);
      const chosen = [...form.elements.role.options].find((option) => option.defaultSelected);
      if (form.isConnected && form.elements.role.value !== chosen?.value) save(form);
    }, delay));
  };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-role]");
    byKey = Boolean(form);
    if (form && event.key === "Enter" && waiting.has(form)) later(form, 0);
  });
  document.addEventListener("pointerdown", () => { byKey = false; });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-role]");
    if (form) later(form, byKey ? REST : 0);
  });

  // Revert to the saved value if the confirmation was cancelled.
  dialog?.addEventListener("close", () => {
    for (const form of document.querySelectorAll("form[data-role]")) form.reset();
  });

  for (const field of document.querySelectorAll("[data-add-to]")) {
    const target = document.querySelector(field.dataset.addTo);
    const input = field.querySelector("input");
    const list = field.querySelector("datalist");
    const url = field.dataset.searchUrl;
    let pause;
    field.hidden = false;

    // In a large organization the field holds only the first people; typing searches for others.
    const search = async () => {
      const asked = input.value;
      const answer = await fetch(`${url}?q=${encodeURIComponent(asked)}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || input.value !== asked) return;
      const { people } = await answer.json();
      list.replaceChildren(...people.map(({ value, text }) => new Option(text, value)));
    };

    input.addEventListener("input", () => {
      clearTimeout(pause);
      if (![...list.options].some((option) => option.value === input.value)) {
        if (url && input.value.trim()) pause = setTimeout(() => search().catch(() => {}), 250);
        return;
      }
      const present = target.value.trimEnd();
      target.value = present ? `${present}\n${input.value}` : input.value;
      input.value = "";
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
})();
