/* What lies above a page: dialogs, sheets, and on a phone the pane beside a conversation. Back closes the topmost one
   and leaves the page as it is; a dialog that closes returns the focus to what opened it.

   The first layer adds one entry to the history. If it closes by another way than Back, its entry is spent: the next
   page or layer takes it over, and Back skips it. Pages that change their address call `push` of this file. */
(() => {
  "use strict";

  const open = [];
  let here = history.state;

  /* Adds a layer; `close` hides it, and returns false if it must stay. Returns a function to call once it is gone. */
  const add = (close) => {
    const layer = { close };
    if (!history.state?.layer) {
      const base = history.state?.base ?? Date.now();
      history.replaceState({ ...history.state, base }, "");
      history.pushState({ ...history.state, layer: base }, "");
      here = history.state;
    }
    open.push(layer);
    return () => {
      if (open.includes(layer)) open.splice(open.indexOf(layer), 1);
    };
  };

  const closeAll = () => {
    while (open.length) open.pop().close();
  };

  /* Something else is shown, at an address of its own. */
  const push = (state, url) => {
    closeAll();
    if (history.state?.layer) history.replaceState(state, "", url);
    else history.pushState(state, "", url);
    here = history.state;
  };

  addEventListener("popstate", (event) => {
    const left = here;
    here = event.state;
    const toBase = Boolean(left?.layer) && !here?.layer && here?.base === left.layer;
    if (!toBase) {
      closeAll();
      return;
    }
    event.stopImmediatePropagation();
    if (!open.length) {
      history.back();
      return;
    }
    const layer = open.pop();
    if (layer.close() === false) open.push(layer);
    if (!open.length) return;
    history.pushState({ ...here, layer: here.base }, "");
    here = history.state;
  });

  addEventListener("pageshow", () => { here = history.state; });

  /* What opened a dialog: the control that was pressed (not every browser gives it the focus), else what had the
     focus. */
  let pressed = null;
  document.addEventListener("click", (event) => {
    if (event.isTrusted) pressed = event.target.closest?.("button, a[href], summary, label, [role=button]") ?? null;
  }, true);
  document.addEventListener("keydown", () => { pressed = null; }, true);

  const opener = () => (document.activeElement.contains(pressed) ? pressed : document.activeElement);

  const usable = (element) => Boolean(element?.isConnected && element.checkVisibility() && !element.disabled);

  /* The opener may have been rendered again since, or be an entry of a menu that has closed. */
  const successor = ({ element, key, id, menu }) =>
    [element, key && document.querySelector(`[data-key="${CSS.escape(key)}"]`), id && document.getElementById(id), menu].find(usable);

  const shown = new WeakMap();

  const openDialog = (dialog) => {
    if (dialog.open) return;
    const element = opener();
    const from = {
      element,
      key: element.dataset?.key,
      id: element.id,
      menu: element.closest(".dropdown")?.querySelector("[data-bs-toggle=dropdown]"),
      focused: document.activeElement,
    };
    const close = () => {
      if (!dialog.open) return true;
      if (!dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) return false;
      dialog.close();
      return true;
    };
    shown.set(dialog, { from, gone: add(close) });
    dialog.showModal();
  };

  // In the capture phase: a page's own listener may move the focus on.
  document.addEventListener("close", (event) => {
    const dialog = event.target;
    const { from, gone } = shown.get(dialog) ?? {};
    if (!from || dialog.open) return;
    shown.delete(dialog);
    gone();
    const { activeElement } = document;
    // What closed it has moved the focus already.
    if (activeElement !== document.body && activeElement !== from.focused && !dialog.contains(activeElement)) return;
    (from.element === document.body ? null : successor(from))?.focus({ preventScroll: true });
  }, true);

  /* data-dialog-open="#id", data-dialog-close inside; a click on the backdrop closes. Content that htmx swaps into
     [data-dialog-auto] opens its dialog (base.js); the event closeDialog (HX-Trigger) closes it. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dialog-open]");
    const dialog = button && document.querySelector(button.dataset.dialogOpen);
    if (dialog) openDialog(dialog);
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches?.("dialog.dialog")) event.target.close();
  });

  document.addEventListener("closeDialog", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });

  /* The sheet of a phone's navigation. */
  const sheets = new WeakMap();
  document.addEventListener("show.bs.offcanvas", ({ target }) => {
    sheets.set(target, add(() => { window.bootstrap.Offcanvas.getInstance(target)?.hide(); }));
  });
  document.addEventListener("hidden.bs.offcanvas", ({ target }) => sheets.get(target)?.());

  window.weniLayers = { add, push, openDialog };
})();
