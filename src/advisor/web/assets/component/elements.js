/** An element: attributes ("", null and false are left out, true is empty, functions listen), and what stands in it. */
const make = (tag, attributes = {}, ...content) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value || value === 0) made.setAttribute(name, value);
  }
  made.append(...content.flat(9).filter((each) => each || each === 0));
  return made;
};
