/* Comparing texts on the page as the database does (core/text.py): whatever case, accents, blanks, and forms of Unicode
   letters and digits have. weniText.fold(text); weniText.holds(text, query): every word, in any order;
   weniText.places(text, query): where the query stands, as [start, end] in the text as it is written. */
(() => {
  "use strict";

  const OTHER = { ß: "ss", ø: "o", æ: "ae", œ: "oe", đ: "d", ð: "d", þ: "th", ł: "l", ħ: "h", ı: "i", ς: "σ" };
  const SIGNS = { "¡": "!", "¿": "?", "«": "<<", "»": ">>", "‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "–": "-", "—": "-" };
  const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6];

  const digit = (char) => {
    const code = char.charCodeAt(0);
    const zero = ZEROS.find((first) => code >= first && code < first + 10);
    return zero === undefined ? char : String(code - zero);
  };

  const plain = (char) =>
    char.normalize("NFKD").replace(/[\u0300-\u036f\ufe0e\ufe0f\p{Cf}]/gu, "").toLowerCase().replace(/[^\0-\x7f]/gu, (one) => OTHER[one] ?? SIGNS[one] ?? digit(one));

  /* The folded text, and for each of its characters where what it stands for begins and ends. */
  const parts = (text) => {
    const found = { text: "", starts: [], ends: [] };
    let at = 0;
    for (const char of text) {
      const folded = plain(char);
      const end = at + char.length;
      for (const one of folded) {
        const blank = /\s/.test(one);
        if (blank && found.text.endsWith(" ")) found.ends[found.ends.length - 1] = end;
        else {
          const written = blank ? " " : one;
          found.text += written;
          for (let n = 0; n < written.length; n += 1) {
            found.starts.push(at);
            found.ends.push(end);
          }
        }
      }
      // A mark belongs to the letter before it.
      if (!folded && found.ends.length) found.ends[found.ends.length - 1] = end;
      at = end;
    }
    return found;
  };

  const fold = (text) => parts(text).text.trim();

  const holds = (text, query) => {
    const folded = fold(text);
    return fold(query).split(" ").every((word) => folded.includes(word));
  };

  const places = (text, query) => {
    const wanted = fold(query);
    const found = [];
    if (!wanted) return found;
    const { text: folded, starts, ends } = parts(text);
    for (let from = folded.indexOf(wanted); from >= 0; from = folded.indexOf(wanted, from + wanted.length)) {
      found.push([starts[from], ends[from + wanted.length - 1]]);
    }
    return found;
  };

  window.weniText = { fold, holds, places };
})();
