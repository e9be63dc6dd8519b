/* Filters of a list apply at once (docs/design.md, Filters): the page of the new address is fetched, and what depends on
   the filters ([data-part], with an id) takes the place of what is there. The form itself stays, and with it the focus
   and what is being typed. The address is replaced, so that links, reloading and Back lead to what is shown. */
(() => {
  "use strict";

  const form = document.querySelector("form[data-filters]");
  if (!form) return;
  const PAUSE = 400;
  let asked = "";
  let pending = null;
  let timer = 0;
  let byKey = false;

  const parts = (from) => [...from.querySelectorAll("[data-part]")];
  const controls = () => [...form.elements].filter((one) => one.name && one.type !== "hidden");

  /* What is empty, or meant without being said, is left out of the address. */
  const isUsual = (name) => Boolean(form.elements[name]?.dataset?.usual) && form.elements[name].dataset.usual === form.elements[name].value;
  const query = () => {
    const days = isUsual("from") && isUsual("to");
    const found = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const usual = name === "from" || name === "to" ? days : isUsual(name);
      if (value.trim() && !usual) found.append(name, value.trim());
    }
    // A time zone is that of days.
    if (!found.has("from") && !found.has("to")) found.delete("zone");
    return found.toString();
  };

  const busy = (is) => {
    form.toggleAttribute("data-busy", is);
    for (const part of parts(document)) if (!form.contains(part)) part.setAttribute("aria-busy", String(is));
  };

  /* The choices of a field may depend on the other filters. The one that has the focus is left alone. */
  const follow = (control, fresh) => {
    const used = control === document.activeElement || control.tomselect?.isFocused;
    for (const name of ["aria-invalid", "aria-describedby"]) {
      for (const one of [control, control.tomselect?.control_input].filter(Boolean)) {
        if (fresh.hasAttribute(name)) one.setAttribute(name, fresh.getAttribute(name));
        else one.removeAttribute(name);
      }
    }
    if (used) return;
    if ("dependent" in control.dataset) {
      control.tomselect?.destroy();
      control.replaceWith(document.importNode(fresh, true));
    } else if (!control.multiple && control.value !== fresh.value && control.type !== "checkbox") {
      control.value = fresh.value;
      control.tomselect?.sync();
    }
  };

  /* Resetting the form (static/js/restored.js) leads to what is applied. */
  const keep = () => {
    for (const control of controls()) {
      if (control.type === "checkbox") control.defaultChecked = control.checked;
      else if (control.options) for (const option of control.options) option.defaultSelected = option.selected;
      else control.defaultValue = control.value;
    }
  };

  const fill = (part, fresh) => {
    for (const { name, value } of fresh.attributes) if (name !== "class") part.setAttribute(name, value);
    // The focus is moved to an error when a page is opened, not while somebody types.
    for (const one of fresh.querySelectorAll("[data-focus]")) one.removeAttribute("data-focus");
    if (part.innerHTML === fresh.innerHTML) return;
    const held = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.replaceChildren(...fresh.childNodes);
    window.htmx?.process(part);
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
  };

  const show = (page) => {
    const here = new Map(parts(document).map((part) => [part.id, part]));
    const there = parts(page);
    if (!there.length || there.some((part) => !here.has(part.id))) return false;
    // What is said at a field isn't said again above it, which would move the field that is being filled in.
    if (page.querySelector("form[data-filters] .field .errorlist")) page.getElementById("filters-wrong").replaceChildren();
    document.dispatchEvent(new CustomEvent("filters:before"));
    for (const part of there) fill(here.get(part.id), part);
    for (const control of controls()) {
      const fresh = control.id && page.getElementById(control.id);
      if (fresh) follow(control, fresh);
    }
    keep();
    document.dispatchEvent(new CustomEvent("filters:applied"));
    return true;
  };

  /* A question that takes too long is answered with a notice. Any other page takes the place of this one, such as the
     sign-in if the session has ended. */
  const go = (answer, page, url) => {
    const notice = answer.status === 503 && page.querySelector("main .notice");
    const results = document.getElementById("results");
    if (notice && results) results.replaceChildren(notice);
    else location.assign(url);
  };

  const apply = async ({ again = false } = {}) => {
    clearTimeout(timer);
    const wanted = query();
    if (wanted === asked && !again) return;
    asked = wanted;
    pending?.abort();
    const mine = new AbortController();
    pending = mine;
    const url = location.pathname + (wanted ? `?${wanted}` : "");
    busy(true);
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "filters" }, cache: "no-store", signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== pending) return;
      history.replaceState(history.state, "", url);
      if (answer.redirected || !show(page)) go(answer, page, url);
    } catch {
      if (mine !== pending) return;
      asked = null;
      window.weni?.showToast({ text: document.getElementById("toast-template").dataset.failed, level: "danger" });
    } finally {
      if (mine === pending) busy(false);
    }
  };

  const later = (pause = PAUSE) => {
    clearTimeout(timer);
    timer = setTimeout(apply, pause);
  };

  /* Not yet what somebody means: too few letters, half a date. */
  const isUnfinished = (control) =>
    control === document.activeElement &&
    ((control.minLength > 0 && control.value.trim() && control.value.trim().length < control.minLength) ||
      (control.type === "date" && (control.validity.badInput || control.value.startsWith("0"))));

  const typed = (event) => {
    const control = event.target;
    if (!control.name || event.isComposing || !control.matches("[type=search], [type=text]")) return;
    clearTimeout(timer);
    if (!isUnfinished(control)) later();
  };

  form.addEventListener("input", typed);
  form.addEventListener("compositionend", typed);
  form.addEventListener("change", ({ target }) => {
    if (!target.name || isUnfinished(target)) return;
    // Arrow keys pass other options, and other dates, on the way.
    if (target.type === "date" || (byKey && target.type !== "checkbox")) later();
    else apply();
  });
  form.addEventListener("focusout", ({ target }) => {
    if (target.type === "date") later(0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply({ again: true });
  });
  form.addEventListener("keydown", (event) => {
    byKey = true;
    // Without a button in the form Enter would send nothing.
    if (event.key !== "Enter" || !event.target.matches("input[name]:not([type=checkbox])")) return;
    event.preventDefault();
    apply({ again: true });
  });
  form.addEventListener("pointerdown", () => { byKey = false; });

  /* Lists that follow what happens: an answer to the filters of before comes too late. */
  const sent = new WeakMap();
  const follows = (ctx) => (ctx?.sourceElement?.matches("[data-part][hx-get]") ? ctx.sourceElement : null);
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const list = follows(ctx);
    if (list) sent.set(list, list.getAttribute("hx-get"));
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const list = follows(event.detail.ctx);
    if (list && sent.get(list) !== list.getAttribute("hx-get")) event.preventDefault();
  });

  /* On a phone the fields are folded up, unless one of them is wrong. */
  const narrow = matchMedia("(max-width: 47.99rem)");
  const panel = form.querySelector("[data-filters-panel]");
  const arrange = () => { panel.open = !narrow.matches || Boolean(panel.querySelector("[aria-invalid=true], .errorlist")); };
  narrow.addEventListener("change", arrange);
  arrange();
  form.dataset.ready = "";
  asked = query();
  // Browsers fill in again what stood there; static/js/restored.js has put that right.
  addEventListener("pageshow", () => { asked = query(); });
})();
