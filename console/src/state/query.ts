// What a person writes to search for, as far as the browser reads it. The server reads the same (services/search_query.py).

const PART = /(from|in|before|after|has):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|[^\s"]+/gi
const WORD = /[\p{L}\p{N}]/u
const FILE = "attachment"
const BEGUN_DAY = /^\d{0,4}(?:-\d{0,2}(?:-\d?)?)?$/

/** Whether a query can be searched for: it asks for something, and none of its filters is still being written. */
export function isQuestion(query: string): boolean {
  let asks = false
  for (const [whole, name, quoted, plain] of query.matchAll(PART)) {
    const filter = name?.toLowerCase()
    const value = (quoted ?? plain ?? "").trim().toLowerCase()
    if (filter && (value === "" || isBegun(filter, value))) return false
    // A chat and a time only narrow what is asked for.
    if (filter ? filter === "from" || filter === "has" : WORD.test(whole)) asks = true
  }
  return asks
}

function isBegun(filter: string, value: string): boolean {
  if (filter === "has") return FILE.startsWith(value) && value !== FILE
  return (filter === "before" || filter === "after") && BEGUN_DAY.test(value)
}
