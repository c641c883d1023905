"""From an address to an answer: routes, formats, binding, who may call, and running what answers."""
