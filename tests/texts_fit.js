/* What of a page's texts can't be read as it stands: cut off by a box, or lying over another text. Evaluated in the page
   by tests/every_page.py. Text that ends in an ellipsis, and what can be scrolled to, is not at fault. */
() => {
  const CLIPPING = new Set(["hidden", "clip"]);
  const ROOM = 2;
  const faults = [];
  const texts = [];

  const name = (element) => `<${element.tagName.toLowerCase()} class="${element.className.baseVal ?? element.className}">`;
  const say = (text) => JSON.stringify(text.trim().slice(0, 60));

  const ends = (style) => style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";

  const hidden = (element) => {
    for (let above = element; above; above = above.parentElement) {
      const frame = above.getBoundingClientRect();
      if (frame.width <= 1 || frame.height <= 1 || getComputedStyle(above).clipPath !== "none") return true;
    }
    return false;
  };

  /* A list or panel that opens over the page: it is meant to cover what lies below. */
  const opens = (style) => style.position === "absolute" && style.zIndex !== "auto" && style.boxShadow !== "none";

  /* The part of a box that is shown, or null; tells what cuts it. */
  const shown = (element, text, box) => {
    let seen = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
    let scrolls = false;
    for (let above = element; above && above !== document.body; above = above.parentElement) {
      const style = getComputedStyle(above);
      const frame = above.getBoundingClientRect();
      if (style.position === "fixed" || style.position === "sticky") seen.floats = true;
      if (opens(style)) seen.layer ??= above;
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      if (["auto", "scroll"].includes(style.overflowX) || ["auto", "scroll"].includes(style.overflowY)) scrolls = true;
      // What wrapped out of a box of one line is hidden as a whole.
      if (CLIPPING.has(style.overflowY) && (box.top >= frame.bottom - ROOM || box.bottom <= frame.top + ROOM)) return null;
      const beyond = [];
      if (CLIPPING.has(style.overflowX) && (box.right > frame.right + ROOM || box.left < frame.left - ROOM)) beyond.push("sideways");
      if (CLIPPING.has(style.overflowY) && (box.bottom > frame.bottom + box.height / 3 || box.top < frame.top - box.height / 3)) beyond.push("in height");
      if (beyond.length && !scrolls && !ends(style)) faults.push(`${say(text)} is cut off ${beyond.join(" and ")} by ${name(above)}`);
      seen = {
        ...seen,
        left: Math.max(seen.left, frame.left), right: Math.min(seen.right, frame.right),
        top: Math.max(seen.top, frame.top), bottom: Math.min(seen.bottom, frame.bottom),
      };
      if (seen.right - seen.left < 1 || seen.bottom - seen.top < 1) return null;
    }
    return seen;
  };

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, template, noscript, select, textarea, svg")) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || hidden(element)) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      const seen = shown(element, node.data, box);
      if (seen && !seen.floats) texts.push({ text: node.data, element, ...seen });
    }
  }

  texts.sort((one, other) => one.top - other.top);
  texts.forEach((one, index) => {
    for (const other of texts.slice(index + 1)) {
      if (other.top > one.bottom) break;
      if (other.element === one.element || other.layer !== one.layer) continue;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide <= ROOM || high <= 0.45 * Math.min(one.bottom - one.top, other.bottom - other.top)) continue;
      faults.push(`${say(one.text)} and ${say(other.text)} lie over each other in ${name(one.element)} and ${name(other.element)}`);
    }
  });

  const pen = document.createElement("canvas").getContext("2d");
  for (const select of document.querySelectorAll("select:not([multiple])")) {
    if (!select.checkVisibility({ visibilityProperty: true }) || !select.selectedOptions.length) continue;
    const style = getComputedStyle(select);
    if (select.getBoundingClientRect().width <= 1 || style.textOverflow === "ellipsis") continue;
    pen.font = style.font;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const text = select.selectedOptions[0].textContent.trim();
    if (pen.measureText(text).width > room + ROOM) faults.push(`${say(text)} is wider than its <select id="${select.id}">`);
  }

  if (document.documentElement.scrollWidth > innerWidth) {
    const far = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
    faults.push(`the page is wider than the window: ${far.slice(-3).map(name).join(", ")}`);
  }
  return [...new Set(faults)].slice(0, 8);
}
